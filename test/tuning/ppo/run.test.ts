import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ProgressState } from "reclm/core";
import { loadLanguageModel, logits, tokenLogProbs, type Adapter, type LanguageModel } from "reclm/llm";
import {
  ppoDefaults,
  runPpo,
  unscoredSampling,
  type PpoAnswer,
  type PpoConfig,
  type PpoJob,
  type PpoResult,
  type PpoStepDetail,
} from "reclm/tuning";
import { fakeRollout, oddShare, WITHOUT_END } from "../../support/fakeSampler";
import { uniform } from "../../support/noise";
import { tiny, writeTinyLlama } from "../../support/tinyLlama";

let folder: string;
let path: string;
let model: LanguageModel;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "reclm-"));
  path = join(folder, "tiny.gguf");
  await writeTinyLlama(path);
  model = await loadLanguageModel(path);
});

after(() => {
  model.dispose();
  rmSync(folder, { recursive: true });
});

const config: PpoConfig = {
  ...ppoDefaults,
  steps: 5,
  batch: 4,
  miniBatch: 2,
  ppoEpochs: 2,
  learningRate: 2e-3,
  sampling: { ...ppoDefaults.sampling, maxTokens: 6 },
  klControl: { kind: "adaptive", target: 1, horizon: 100 },
};

const prompts = Array.from({ length: 6 }, (_, i) =>
  Int32Array.from(uniform(500 + i, 5 + i), (u) => Math.floor(u * tiny.vocabulary)),
);

function jobIn(name: string, changes: Partial<PpoJob> = {}): PpoJob {
  return {
    model,
    prompts,
    rollout: fakeRollout(model, config.sampling),
    score: oddShare,
    identity: { reward: "share of odd tokens" },
    config,
    seed: 5,
    workFolder: join(folder, name),
    ...changes,
  };
}

/** All of a result but the seconds. */
function numbersOf({ adapter, head, steps }: PpoResult) {
  return { pairs: adapter.pairs, head, steps: steps.map(({ seconds: _, ...rest }) => rest) };
}

/** Probability of an odd token as the first of an answer, mean over prompts. */
async function oddMass(asked: readonly Int32Array[], adapter?: Adapter): Promise<number> {
  const dialogues = asked.map((ids) => ({ ids, mask: new Uint8Array(ids.length) }));
  const rows = await logits(model, adapter, dialogues, { positions: asked.map(({ length }) => [length - 1]) });
  const masses = rows.map((row) => {
    const weights = row.map((value) => Math.exp(value / config.sampling.temperature));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.reduce((sum, weight, id) => sum + (id % 2) * weight, 0) / total;
  });
  return masses.reduce((sum, mass) => sum + mass, 0) / masses.length;
}

test("runPpo() raises the score it is given and records what it did", async () => {
  const states: ProgressState[] = [];
  const details: PpoStepDetail[] = [];
  const long: PpoConfig = {
    ...config,
    steps: 10,
    batch: 16,
    miniBatch: 8,
    ppoEpochs: 4,
    schedule: "constant",
    learningRate: 1e-2,
    klCoef: 0.01,
    missingEosPenalty: 0,
    sampling: { ...config.sampling, maxTokens: 2 },
    lora: { ...config.lora, targets: ["attn_q", "attn_v", "attn_output", "ffn_down"] },
  };
  const {
    adapter,
    steps,
    unscoredSampling: biased,
  } = await runPpo(
    jobIn("learns", {
      config: long,
      prompts: prompts.slice(0, 2),
      rollout: fakeRollout(model, long.sampling),
      control: { progress: (state) => void states.push(state) },
      onStep: (_, detail) => void details.push(detail),
    }),
  );
  assert.equal(steps.length, 10);
  const asked = prompts.slice(0, 2);
  const [former, latter] = [await oddMass(asked), await oddMass(asked, adapter)];
  assert.ok(latter > former + 0.2, `from ${former} to ${latter}`);
  const first = steps[0]!;
  assert.ok(Math.abs(first.sequenceKl) < 1e-4, "B is 0: policy and reference are one");
  assert.ok(steps.at(-1)!.sequenceKl > 0.1);
  assert.equal(first.miniBatches, 8);
  assert.ok(first.entropy > 0 && first.entropy < Math.log(tiny.vocabulary));
  assert.ok(first.samplerDifference! < 1e-4, "the fake sampler draws from the model's own probabilities");
  assert.deepEqual(biased, []);
  assert.deepEqual(
    states.map(({ done }) => done),
    steps.map(({ step }) => step),
  );
  const shown = "score, KL, entropy, clip share, value loss, length, end of turn, beta, seconds left, RSS MB";
  assert.equal(Object.keys(states[0]!.values!).join(", "), shown);
  const { responses, samples } = details[0]!;
  const ended = responses.filter(({ finish }) => finish === "stop").length;
  assert.equal(first.endOfTurnShare, ended / 16);
  assert.equal(first.responseLength, responses.reduce((sum, { ids }) => sum + ids.length, 0) / 16);
  const dialogue = samples[3]!.dialogue;
  const [wanted] = await tokenLogProbs(model, undefined, [dialogue], { temperature: 0.9 });
  samples[3]!.refLogProbs.forEach((value, t) => assert.ok(Math.abs(value - wanted![t]!) < 1e-5));
});

test("aborted and resumed equals uninterrupted, bit for bit", async () => {
  const whole = await runPpo(jobIn("whole"));
  assert.equal(whole.steps.length, 5);
  assert.notEqual(whole.steps[1]!.klCoef, whole.steps[2]!.klCoef, "the coefficient adapts");
  const controller = new AbortController();
  const progress = ({ done }: ProgressState) => done === 3 && controller.abort(new Error("enough"));
  const job = jobIn("parts");
  await assert.rejects(runPpo({ ...job, control: { progress, signal: controller.signal } }), /enough/);
  assert.deepEqual(readdirSync(job.workFolder).sort(), ["checkpoint-00000003.bin", "checkpoint-00000003.json"]);
  const seen: number[] = [];
  const resumed = await runPpo({ ...job, control: { progress: ({ done }) => void seen.push(done) } });
  assert.deepEqual(seen, [4, 5]);
  assert.deepEqual(numbersOf(resumed), numbersOf(whole));
  assert.deepEqual(numbersOf(await runPpo(job)), numbersOf(whole), "a finished run is read, not run");
});

test("aborted in the middle of a step, the step is done again", async () => {
  const controller = new AbortController();
  const job = jobIn("middle");
  const score: PpoJob["score"] = async (responses) => {
    if (readdirSync(job.workFolder).includes("checkpoint-00000002.json")) controller.abort(new Error("now"));
    return oddShare(responses);
  };
  await assert.rejects(runPpo({ ...job, score, control: { signal: controller.signal } }), /now/);
  assert.deepEqual(numbersOf(await runPpo(job)), numbersOf(await runPpo(jobIn("whole"))));
});

test("killed within an update and resumed in another process equals uninterrupted, bit for bit", async () => {
  const job = jobIn("killed");
  const input = join(folder, "job.json");
  const { identity, seed, workFolder } = job;
  writeFileSync(input, JSON.stringify({ identity, seed, workFolder, config, prompts: prompts.map((ids) => [...ids]) }));
  const program = `
    const { loadLanguageModel } = require("reclm/llm");
    const { runPpo } = require("reclm/tuning");
    const { fakeRollout, oddShare } = require(${JSON.stringify(join(__dirname, "../../support/fakeSampler.js"))});
    const job = JSON.parse(require("node:fs").readFileSync(${JSON.stringify(input)}, "utf8"));
    let scored = 0;
    loadLanguageModel(${JSON.stringify(path)}).then((model) => runPpo({
      ...job, model, prompts: job.prompts.map((ids) => Int32Array.from(ids)),
      rollout: fakeRollout(model, job.config.sampling),
      score: async (responses) => {
        if (++scored === 4) setTimeout(() => process.kill(process.pid, "SIGKILL"), 20);
        return oddShare(responses);
      },
    }));`;
  const child = spawn(process.execPath, ["-e", program], { stdio: "inherit", timeout: 60_000 });
  const [, signal] = (await once(child, "exit")) as [number | null, string | null];
  assert.equal(signal, "SIGKILL");
  assert.deepEqual(numbersOf(await runPpo(job)), numbersOf(await runPpo(jobIn("whole"))));
});

test("a checkpoint names weights, then first, then second moments; one that does not fit is refused by name", async () => {
  const job = jobIn("named", { config: { ...config, steps: 1 } });
  await runPpo(job);
  const path = join(job.workFolder, "checkpoint-00000001.json");
  interface Meta {
    readonly tensors: { name: string; readonly length: number }[];
  }
  const meta = JSON.parse(readFileSync(path, "utf8")) as Meta;
  const layers = [0, 1, 2].flatMap((block) => ["attn_q", "attn_v"].map((layer) => `blk.${block}.${layer}.weight`));
  const weights = [...layers.flatMap((layer) => [`${layer}.a`, `${layer}.b`]), "value.weight", "value.bias"];
  assert.deepEqual(
    meta.tensors.map(({ name }) => name),
    ["", ".first", ".second"].flatMap((moment) => weights.map((name) => `${name}${moment}`)),
  );
  meta.tensors[1]!.name = "another";
  writeFileSync(path, JSON.stringify(meta));
  await assert.rejects(runPpo(job), /Cannot resume in .*named: blk\.0\.attn_q\.weight\.b does not fit/);
});

test("resuming with another set-up names the field", async () => {
  const job = jobIn("refused", { config: { ...config, steps: 1 } });
  await runPpo(job);
  const changed = { ...job.config, clipCoef: 0.1 };
  await assert.rejects(runPpo({ ...job, config: changed }), /config\.clipCoef is 0\.1 now and was 0\.2/);
  await assert.rejects(runPpo({ ...job, identity: { reward: "x" } }), /identity\.reward is "x" now/);
  await assert.rejects(runPpo({ ...job, prompts: prompts.slice(1) }), /prompts is/);
  await assert.rejects(runPpo({ ...job, seed: 6 }), /seed is 6 now and was 5/);
});

function failureIn(job: PpoJob): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(join(job.workFolder, "failure.json"), "utf8")) as Readonly<Record<string, unknown>>;
}

test("a score that is not a number stops the run and leaves a record", async () => {
  let calls = 0;
  const score: PpoJob["score"] = async (responses) => {
    const scores = await oddShare(responses);
    if (++calls === 2) scores[1] = Number.NaN;
    return scores;
  };
  const job = jobIn("nan", { score });
  await assert.rejects(runPpo(job), /score 1 is NaN, at step 2; see .*failure\.json/);
  const { step, scores, history } = failureIn(job);
  assert.equal(step, 2);
  assert.equal((scores as unknown[])[1], "NaN");
  assert.equal((history as unknown[]).length, 1);
  assert.ok(readdirSync(job.workFolder).includes("checkpoint-00000001.json"));
});

test("where no record can be written the reason of a stop is still told", async () => {
  const job = jobIn("full");
  const score: PpoJob["score"] = async (responses) => {
    rmSync(job.workFolder, { recursive: true });
    writeFileSync(job.workFolder, "");
    return new Float32Array(responses.length).fill(Number.NaN);
  };
  await assert.rejects(
    runPpo({ ...job, score }),
    /score 0 is NaN, at step 1; there is no record of it: Cannot write .*failure\.json/,
  );
});

test("exploding ratios stop the run and leave a record", async () => {
  const job = jobIn("exploding", { config: { ...config, learningRate: 0.03, ratioThreshold: 1.2 } });
  await assert.rejects(runPpo(job), /Cannot go on with PPO: in epoch \d of an update .*, at step \d/);
  const { meanRatio, loss, responses } = failureIn(job);
  assert.ok(meanRatio !== undefined && loss !== undefined && (responses as unknown[]).length === 2);
});

test("rollouts, prompts, heads and configurations that make no sense are refused", async () => {
  const answering =
    (answer: PpoAnswer): PpoJob["rollout"] =>
    async (_, asked) =>
      asked.map(() => answer);
  const refused = (changes: Partial<PpoJob>, message: RegExp) =>
    assert.rejects(runPpo(jobIn("none", changes)), message);
  await refused({ rollout: answering({ ids: new Int32Array(0), finish: "stop" }) }, /answer 0 .* it has no token/);
  const uneven: PpoAnswer = { ids: Int32Array.of(1, 2), finish: "stop", logProbs: Float32Array.of(-1) };
  await refused({ rollout: answering(uneven) }, /2 tokens, 1 log-probabilities/);
  const infinite: PpoAnswer = { ...uneven, logProbs: Float32Array.of(-1, -Infinity) };
  await refused({ rollout: answering(infinite) }, /answer 0 of a rollout: log p of token 1 is -Infinity/);
  await refused({ rollout: async () => [] }, /4 prompts have 0 answers/);
  await refused({ score: async () => new Float32Array(1) }, /4 responses: 1 scores/);
  await refused({ prompts: [] }, /there is no prompt/);
  await refused({ prompts: [new Int32Array(0)] }, /prompt 0: it is empty/);
  await refused({ head: { weight: new Float32Array(3), bias: new Float32Array(1) } }, /reads 3 entries/);
  const with_ = (changes: Partial<PpoConfig>) => ({ config: { ...config, ...changes } });
  await refused(with_({ miniBatch: 3 }), /miniBatch 3/);
  await refused(with_({ gaeLambda: 1.5 }), /gaeLambda 1\.5/);
  await refused(with_({ sampling: { ...config.sampling, temperature: 0 } }), /sampling\.temperature 0/);
  await refused(with_({ klControl: { kind: "adaptive", target: 0, horizon: 1 } }), /klControl\.target 0/);
  // A fifth of a step's responses, 0.2 x 4: the coefficient would be 0 after one step far below the target, and negative beyond.
  await refused(with_({ klControl: { kind: "adaptive", target: 6, horizon: 0.8 } }), /klControl\.horizon 0\.8/);
});

test("one-token answers with one score for all leave finite weights", async () => {
  const rollout: PpoJob["rollout"] = async (_, asked) =>
    asked.map((): PpoAnswer => ({ ids: Int32Array.of(WITHOUT_END), finish: "length" }));
  const score: PpoJob["score"] = async (responses) => new Float32Array(responses.length).fill(1);
  const { adapter, steps } = await runPpo(jobIn("short", { rollout, score, config: { ...config, steps: 2 } }));
  assert.ok([...adapter.pairs.values()].every(({ a, b }) => [...a.data, ...b.data].every(Number.isFinite)));
  steps.forEach(({ samplerDifference, endOfTurnShare, responseLength }) => {
    assert.deepEqual([samplerDifference, endOfTurnShare, responseLength], [null, 0, 1]);
  });
});

test("unscoredSampling() names what makes samples another distribution's", () => {
  assert.deepEqual(unscoredSampling(ppoDefaults.sampling), []);
  const authors = { ...ppoDefaults.sampling, topP: 0.9, repeatPenalty: 1.3 };
  assert.deepEqual(unscoredSampling(authors), ["topP", "repeatPenalty"]);
});
