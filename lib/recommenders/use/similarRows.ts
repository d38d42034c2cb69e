import { breathe, type JobControl, type Matrix, normalisedRows } from "../../core";
import { Kernels } from "../kernels";

/** The k best other rows of each row. */
export interface SimilarRows {
  /** [n * k] rows, best first; -1 fills up where there are fewer. */
  readonly rows: Int32Array;
  /** [n * k] cosines; 0 where there is no row. */
  readonly cosines: Float32Array;
}

// A tile of cosines stays in the second cache. Not a power of two: rows of the turned panel would share cache lines.
const [tileRows, tileColumns] = [256, 504];

/**
 * Each row's k most similar other rows of X [n, d] by cosine; of equal cosines the lower row comes first. Rows of zeros have
 * cosine 0 with all.
 *
 * Each pair is multiplied once and offered to both rows: n^2 d / 2 multiplications in one order of additions, so that equal
 * rows have equal cosines and every machine gives the same; memory for X twice and one tile. Throws a RangeError for k < 1
 * and for numbers that are not finite.
 */
export async function similarRows(x: Matrix, k: number, unit: string, control: JobControl = {}): Promise<SimilarRows> {
  if (!(Number.isInteger(k) && k >= 1)) throw new RangeError(`Cannot find ${k} neighbours: k must be at least 1`);
  const odd = x.data.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) throw new RangeError(`Cannot find neighbours: row ${Math.floor(odd / x.cols)} holds ${x.data[odd]}`);
  const lists = new BestLists(x.rows, k);
  const tiles = new CosineTiles(x);
  for (let from = 0; from < x.rows; from += tileRows) {
    for (let begin = tiles.panelOf(from); begin < x.rows; begin += tileColumns) {
      await breathe(control.signal);
      offerTile(tiles.at(from, begin), from, begin, lists);
    }
    const done = Math.min(x.rows, from + tileRows);
    control.progress?.({ label: "neighbours", done, total: x.rows, unit });
  }
  return { rows: lists.rows, cosines: lists.finished() };
}

/** Offers each pair of a tile to both of its rows, once: where the tile holds (r, c) and (c, r), c > r counts. */
function offerTile(tile: Matrix, from: number, begin: number, lists: BestLists): void {
  const { data, rows, cols } = tile;
  const { worst } = lists;
  for (let r = 0; r < rows; r++) {
    const row = from + r;
    let bar = worst[row]!;
    for (let c = Math.max(0, row + 1 - begin), at = r * cols + c; c < cols; c++, at++) {
      const cosine = data[at]!;
      if (cosine > bar) {
        lists.insert(row, begin + c, cosine);
        bar = worst[row]!;
      }
      if (cosine > worst[begin + c]!) lists.insert(begin + c, row, cosine);
    }
  }
}

/**
 * The best rows of every row. Others are offered in ascending order to each row: those before it while they are left rows of a
 * tile, those after it from its own tiles. So an equal cosine that comes later is never better.
 */
class BestLists {
  readonly rows: Int32Array;
  readonly #cosines: Float32Array;
  /** [n] the cosine that must be exceeded to enter. */
  readonly worst: Float32Array;

  constructor(
    count: number,
    private readonly k: number,
  ) {
    this.rows = new Int32Array(count * k).fill(-1);
    this.#cosines = new Float32Array(count * k).fill(-Infinity);
    this.worst = new Float32Array(count).fill(-Infinity);
  }

  insert(row: number, other: number, cosine: number): void {
    const [rows, cosines] = [this.rows, this.#cosines];
    const first = row * this.k;
    let place = first + this.k - 1;
    while (place > first && cosines[place - 1]! < cosine) {
      cosines[place] = cosines[place - 1]!;
      rows[place] = rows[place - 1]!;
      place -= 1;
    }
    cosines[place] = cosine;
    rows[place] = other;
    this.worst[row] = cosines[first + this.k - 1]!;
  }

  /** The cosines, 0 where no row was found. */
  finished(): Float32Array {
    return this.#cosines.map((cosine) => (cosine === -Infinity ? 0 : cosine));
  }
}

/** Products of the unit rows, tile by tile. */
class CosineTiles {
  readonly #kernels = new Kernels();
  readonly #rows: Matrix;
  readonly #unit;
  readonly #panels;
  readonly #tile;

  constructor(x: Matrix) {
    const { rows, cols } = x;
    this.#rows = x;
    this.#unit = this.#kernels.tensor(rows, cols, normalisedRows(x));
    this.#panels = this.#kernels.tensor(cols, rows);
    this.#tile = this.#kernels.tensor(tileRows, tileColumns);
    // Panel after panel, each turned: columns of a tile then lie side by side.
    for (let begin = 0; begin < rows; begin += tileColumns) {
      const part = this.#kernels.rowsOf(this.#unit, begin, Math.min(tileColumns, rows - begin));
      this.#kernels.run.transpose(part.address, this.#panels.address + begin * cols * 4, part.rows, cols);
    }
  }

  /** The first row of the panel in which a row lies. */
  panelOf(row: number): number {
    return row - (row % tileColumns);
  }

  /** Cosines of up to 256 rows from `from` with up to 504 from `begin`: valid until the next. */
  at(from: number, begin: number): Matrix {
    const { rows, cols } = this.#rows;
    const [height, width] = [Math.min(tileRows, rows - from), Math.min(tileColumns, rows - begin)];
    const left = this.#kernels.rowsOf(this.#unit, from, height).address;
    const panel = this.#panels.address + begin * cols * 4;
    this.#kernels.run.gemm(left, panel, this.#tile.address, height, cols, width, 0, 0);
    return { data: this.#tile.data.subarray(0, height * width), rows: height, cols: width };
  }
}
