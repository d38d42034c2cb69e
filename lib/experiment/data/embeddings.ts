import { join } from "node:path";
import { matrixOf, rowOf, type JobControl, type Matrix } from "../../core";
import { profileText, type ProfileSet } from "../../data";
import { openTextEncoder, type TextEncoderOptions } from "../../llm";
import type { Experiment } from "../experiment";

/** Unit vectors of texts by the experiment's encoder; kept between runs by content. */
export function encodeTexts(
  { encoder, paths }: Pick<Experiment, "encoder" | "paths">,
  texts: readonly string[],
  control: JobControl = {},
): Promise<Matrix> {
  return encodeBy({ folder: encoder.path, paths }, texts, control);
}

/** Vectors of texts by the encoder of a folder, opened for as long as it takes; kept between runs by content. */
export async function encodeBy(
  { folder, paths, ...options }: EncoderSource,
  texts: readonly string[],
  control: JobControl,
): Promise<Matrix> {
  const encoder = await openTextEncoder(folder, { ...options, cacheFolder: join(paths.cache, "encodings") });
  try {
    return await encoder.encode(texts, control);
  } finally {
    await encoder.dispose();
  }
}

/** Whose vectors, and where they are kept. */
interface EncoderSource extends Omit<TextEncoderOptions, "cacheFolder"> {
  readonly folder: string;
  readonly paths: Experiment["paths"];
}

/** [n, d] embeddings of a set's profiles as text; those who have none get a row of zeros, that is, no words at all. */
export async function encodeProfiles(
  experiment: Pick<Experiment, "encoder" | "paths">,
  set: ProfileSet,
  control: JobControl = {},
): Promise<Matrix> {
  const written = set.profiles.flatMap((profile, index) =>
    profile ? [{ index, text: profileText(profile, set.side) }] : [],
  );
  const vectors = await encodeTexts(
    experiment,
    written.map(({ text }) => text),
    control,
  );
  const embeddings = matrixOf(set.profiles.length, vectors.cols);
  written.forEach(({ index }, row) => rowOf(embeddings, index).set(rowOf(vectors, row)));
  return embeddings;
}
