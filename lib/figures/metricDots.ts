import type { Figure, PlotlyObject } from "./figure";
import { metricFigure, recommendersOf, type MetricFigure, type MetricPanel } from "./metricPanels";
import { colourOf, symbolOf } from "./palette";

/**
 * Dots of an accuracy metric on scales that fit them, where differences are small beside the numbers: a group for each recommender, a
 * panel for each setting; whiskers are one standard deviation, a dashed line across a group is its Base. Filled: written profiles;
 * open: controls; diamonds: oracles. Of the references those are drawn that lie no further from the dots than these from each other.
 */
export function metricDots(options: MetricFigure): Figure {
  return metricFigure(
    { ...options, panels: options.panels.map(withNearReferences) },
    {
      mark: ({ name, colour, x, y, spreads }) => ({
        type: "scatter",
        mode: "markers",
        x,
        y,
        ...(spreads ? { error_y: { type: "data", array: spreads, color: colour, thickness: 1.5, width: 3 } } : {}),
        marker: { color: colour, symbol: symbolOf(name), size: 9, line: { color: colour, width: 2 } },
      }),
      fromZero: false,
      shapes: baseLines,
    },
  );
}

function withNearReferences(panel: MetricPanel): MetricPanel {
  const { rows, references = [] } = panel;
  const low = Math.min(...rows.map(({ mean, spread = 0 }) => mean - spread));
  const high = Math.max(...rows.map(({ mean, spread = 0 }) => mean + spread));
  const reach = high - low;
  return { ...panel, references: references.filter(({ mean }) => mean >= low - reach && mean <= high + reach) };
}

function baseLines(panel: MetricPanel, axis: string): readonly PlotlyObject[] {
  return recommendersOf(panel).flatMap((recommender, place) => {
    const base = panel.rows.find((row) => row.recommender === recommender && row.variant === "Base");
    if (!base) return [];
    const ends = { xref: `x${axis}`, x0: place - 0.4, x1: place + 0.4, yref: `y${axis}`, y0: base.mean, y1: base.mean };
    return [{ type: "line", ...ends, line: { color: colourOf("Base", 0), width: 1.5, dash: "dash" }, layer: "below" }];
  });
}
