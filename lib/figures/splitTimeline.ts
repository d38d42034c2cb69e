import { escaped, figureOf, type Figure, type PlotlyObject } from "./figure";
import { colourOf, ink } from "./palette";

/** The three parts an interaction may fall into. */
export const splitParts = ["train", "validation", "test"] as const;
export type SplitPart = (typeof splitParts)[number];

/** One interaction of the user, in the order of time. */
export interface TimelineEvent {
  readonly item: string;
  /** Seconds since 1970, for the hover text. */
  readonly time: number;
  readonly part: SplitPart;
  /** Whether the item is cold: absent from training for everybody. */
  readonly cold?: boolean;
}

/** One user's interactions. */
export interface Timeline {
  /** As it is called in the title: "user 49". */
  readonly user: string;
  readonly events: readonly TimelineEvent[];
  readonly caption?: string;
}

/** One user's interactions in order, each in the lane of its part of the split; cold items are open marks. */
export function splitTimeline(timeline: Timeline): Figure {
  const sizes = splitParts.map((part) => timeline.events.filter((event) => event.part === part).length);
  const cold = timeline.events.filter((event) => event.cold === true).length;
  const summary = splitParts.map((part, p) => `${sizes[p]} ${part}`).join(", ");
  return figureOf(
    {
      title: `How ${escaped(timeline.user)}'s ${timeline.events.length} interactions are split`,
      caption:
        `${timeline.caption === undefined ? summary : escaped(timeline.caption)}; ` +
        `open marks: ${cold} of cold items, absent from training for every user.`,
      alt: `Split of ${timeline.user}'s ${timeline.events.length} interactions: ${summary}; ${cold} of cold items`,
    },
    splitParts.map((part) => lane(timeline.events, part)),
    {
      height: 270,
      xaxis: { title: { text: "interaction, in the order of time" }, rangemode: "tozero", zeroline: false },
      yaxis: {
        tickvals: [2, 1, 0],
        ticktext: splitParts.map((part, p) => `${part} (${sizes[p]})`),
        range: [-0.6, 2.6],
        zeroline: false,
        ticks: "",
        showline: false,
      },
    },
  );
}

function lane(events: readonly TimelineEvent[], part: SplitPart): PlotlyObject {
  const placed = events.map((event, place) => ({ event, place: place + 1 })).filter(({ event }) => event.part === part);
  const colour = colourOf(part, splitParts.indexOf(part));
  return {
    type: "scatter",
    mode: "markers",
    name: part,
    x: placed.map(({ place }) => place),
    y: placed.map(() => 2 - splitParts.indexOf(part)),
    text: placed.map(
      ({ event }) => `${escaped(event.item)}<br>${new Date(event.time * 1000).toISOString().slice(0, 10)}`,
    ),
    hovertemplate: "%{x}. %{text}<extra></extra>",
    marker: {
      size: 9,
      color: colour,
      symbol: placed.map(({ event }) => (event.cold === true ? "circle-open" : "circle")),
      line: { width: 1.5, color: events.length > 0 ? colour : ink },
    },
  };
}
