import type { Figure } from "./figure";
import { metricFigure, type MetricFigure } from "./metricPanels";
import { faded, ink } from "./palette";

/**
 * Bars of an accuracy metric from 0 on, a group for each recommender, a panel for each setting; whiskers are one standard deviation,
 * white dots the means of parts.
 */
export function metricBars(options: MetricFigure): Figure {
  return metricFigure(options, {
    mark: ({ colour, x, y, spreads }) => ({
      type: "bar",
      x,
      y,
      ...(spreads ? { error_y: { type: "data", array: spreads, color: ink, thickness: 1.5, width: 3 } } : {}),
      // Paler than its edge, so that whiskers show.
      marker: { color: faded(colour, 0.55), line: { color: colour, width: 1 } },
    }),
    fromZero: true,
  });
}
