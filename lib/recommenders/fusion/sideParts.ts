import type { Matrix } from "../../core";
import type { BuildContext } from "../definition";
import { FusionApplication } from "./fusion";
import type { Tensor } from "../kernels";
import { type Mlp, MlpApplication } from "../layers/mlp";
import type { Parameter } from "../parameters";
import type { ProfileNetworks } from "./profileNetworks";
import type { Side } from "../side";
import { UnitRows } from "../layers/unitRows";

/** Trained vectors of their own. */
export function plainSide(embedding: Parameter): Side {
  return { output: embedding.value, gradient: embedding.gradient, forward: () => {}, backward: () => {} };
}

/** Items as their projected texts (Eq. 1). */
export class TextSide implements Side {
  readonly gradient: Tensor;
  readonly #texts: MlpApplication;

  constructor(context: BuildContext, mlp: Mlp, texts: Matrix) {
    this.#texts = new MlpApplication(context, mlp, texts);
    this.gradient = context.kernels.tensor(texts.rows, context.width);
  }

  get output(): Tensor {
    return this.#texts.output;
  }

  forward(rows: number): void {
    this.#texts.forward(rows);
  }

  backward(rows: number): void {
    this.#texts.backward(this.gradient, rows);
    this.gradient.data.fill(0);
  }
}

/** Another side fused with the projected profiles of its nodes (Eq. 2), the profiles' rows divided by their lengths if asked. */
export class FusedSide implements Side {
  readonly gradient: Tensor;
  readonly #profiles: MlpApplication;
  readonly #unit: UnitRows | undefined;
  readonly #fusion: FusionApplication;
  readonly #dProfile: Tensor;

  constructor(
    context: BuildContext,
    readonly inner: Side,
    networks: ProfileNetworks,
    profiles: Matrix,
    unitProfiles: boolean,
  ) {
    const { kernels, width } = context;
    this.#profiles = new MlpApplication(context, networks.profile, profiles);
    this.#unit = unitProfiles ? new UnitRows(kernels, this.#profiles.output) : undefined;
    const projected = this.#unit?.output ?? this.#profiles.output;
    this.#fusion = new FusionApplication(kernels, networks.concat, inner.output, projected);
    this.gradient = kernels.tensor(profiles.rows, width);
    this.#dProfile = kernels.tensor(profiles.rows, width);
  }

  get output(): Tensor {
    return this.#fusion.output;
  }

  forward(rows: number): void {
    this.inner.forward(rows);
    this.#profiles.forward(rows);
    this.#unit?.forward(rows);
    this.#fusion.forward(rows);
  }

  backward(rows: number): void {
    this.#fusion.backward(this.gradient, this.inner.gradient, this.#dProfile, rows);
    this.inner.backward(rows);
    this.#unit?.backward(this.#dProfile, rows);
    this.#profiles.backward(this.#dProfile, rows);
    this.gradient.data.fill(0);
  }
}

/** The unit rows of another side. */
export class UnitSide implements Side {
  readonly #unit: UnitRows;

  constructor(
    { kernels }: BuildContext,
    readonly inner: Side,
  ) {
    this.#unit = new UnitRows(kernels, inner.output);
  }

  get output(): Tensor {
    return this.#unit.output;
  }

  /** Shared with the inner side: a gradient is turned in place. */
  get gradient(): Tensor {
    return this.inner.gradient;
  }

  forward(rows: number): void {
    this.inner.forward(rows);
    this.#unit.forward(rows);
  }

  backward(rows: number): void {
    this.#unit.backward(this.gradient, rows);
    this.inner.backward(rows);
  }
}
