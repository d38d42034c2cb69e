// TRL's masks under these templates: test/tuning/trainingSets.test.ts. Here: templates by hand.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { openTokenizer, tokeniseDialogue, trainingTemplate, type ChatTokenizer, type Message } from "reclm/llm";
import { writeLlama2Vocabulary } from "../support/llama2Vocabulary";
import { temporaryFolder, tinyModel } from "../support/tinyModel";

async function opened(t: TestContext, path: string): Promise<ChatTokenizer> {
  const tokenizer = await openTokenizer(path);
  t.after(() => tokenizer.dispose());
  return tokenizer;
}

/** A template in the manner of Llama 3: text at the beginning, contents trimmed, no line break after a turn. */
const trimming =
  "{{ 'It\\'s \\\\ begun\n' }}{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n\n' + m['content'] | trim + '<|im_end|>' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n\n' }}{% endif %}";

test("a template that trims contents and ends turns without a line break", async (t) => {
  const tokenizer = { ...(await opened(t, await tinyModel(t, { seed: 1 }))), chatTemplate: trimming };
  const made = trainingTemplate(tokenizer);
  assert.equal(
    made,
    "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}{{ 'It\\'s \\\\ begun\\n' }}{% endif %}" +
      "{% if message['role'] == 'system' %}{{ 'It\\'s \\\\ begun\\n<|im_start|>system\\n\\n' + (message['content'] | trim) + '<|im_end|>' }}" +
      "{% elif message['role'] == 'user' %}{{ '<|im_start|>user\\n\\n' + (message['content'] | trim) + '<|im_end|>' }}" +
      "{% else %}{{ '<|im_start|>assistant\\n\\n' }}{% generation %}{{ (message['content'] | trim) + '<|im_end|>' }}{% endgeneration %}" +
      "{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n\\n' }}{% endif %}",
  );
  const messages: readonly Message[] = [
    { role: "user", content: " Which? " },
    { role: "assistant", content: "\nThis one.\n" },
  ];
  const again = { ...tokenizer, chatTemplate: made };
  assert.deepEqual(tokeniseDialogue(again, messages), tokeniseDialogue(tokenizer, messages));
  // Made from itself it is the same.
  assert.equal(trainingTemplate(again), made);
});

test("templates that do not set one message after the other are refused", async (t) => {
  const llama2 = join(await temporaryFolder(t), "llama2.gguf");
  await writeLlama2Vocabulary(llama2);
  const withLlama2 = await opened(t, llama2);
  assert.throws(() => trainingTemplate(withLlama2), { name: "RangeError", message: /one message after the other/ });
  const tokenizer = await opened(t, await tinyModel(t, { seed: 1 }));
  const own = tokenizer.chatTemplate;
  const refused = (chatTemplate: string, reason: RegExp): void =>
    assert.throws(() => trainingTemplate({ ...tokenizer, chatTemplate }), reason);
  refused(own.replace("'<|im_start|>' +", "loop.index + '<|im_start|>' +"), /one message after the other/);
  refused(own.replaceAll("<|im_end|>", "</end>"), /no end-of-turn token ends a response/);
  refused(
    "{% for m in messages %}{% if m['role'] != 'system' %}{{ m['content'] }}{% endif %}{% endfor %}",
    /leaves it out/,
  );
  refused("", /has no chat template/);
});
