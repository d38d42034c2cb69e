/** Where one of several panels stands. */
export interface PanelPlace {
  /** plotly's axis number: "" for the first panel, then "2", "3". */
  readonly axis: string;
  /** Share of the figure's width, from the left. */
  readonly x: readonly [number, number];
  /** Share of the figure's height, from below. */
  readonly y: readonly [number, number];
  /** Whether no panel stands under it in its column. */
  readonly lowest: boolean;
  /** Whether it stands in the first column. */
  readonly leftmost: boolean;
}

/**
 * Places of equal panels, row by row from the top left; gaps are shares of the whole width and height.
 *
 * @example panelGrid(6, { columns: 3, across: 0.1, down: 0.2 })
 */
export function panelGrid(
  panels: number,
  { columns, across, down }: { readonly columns: number; readonly across: number; readonly down: number },
): readonly PanelPlace[] {
  const rows = Math.ceil(panels / columns);
  const width = (1 - across * (columns - 1)) / columns;
  const height = (1 - down * (rows - 1)) / rows;
  return Array.from({ length: panels }, (_, p) => {
    const left = (p % columns) * (width + across);
    const top = 1 - Math.floor(p / columns) * (height + down);
    return {
      axis: p === 0 ? "" : String(p + 1),
      x: [left, Math.min(1, left + width)],
      y: [Math.max(0, top - height), top],
      lowest: p + columns >= panels,
      leftmost: p % columns === 0,
    };
  });
}
