// Greedy answers of a GGUF in llama.cpp, through node-llama-cpp: reads {"model", "max_tokens", "prompts": [[id, ...]]}
// from standard input, writes {"answers": [text, ...], "tokens": n, "seconds": s} to standard output.
import {readFileSync} from "node:fs";
import {getLlama} from "node-llama-cpp";

const job = JSON.parse(readFileSync(0, "utf8"));
const llama = await getLlama({gpu: false, build: "never", progressLogs: false, logLevel: "error"});
const model = await llama.loadModel({modelPath: job.model});
const context = await model.createContext({contextSize: 2048, threads: 1});  // two spin for each other where another process holds a core
const sequence = context.getSequence();
const answers = [];
let tokens = 0;
const started = process.hrtime.bigint();
for (const prompt of job.prompts) {
    await sequence.clearHistory();
    const answer = [];
    for await (const token of sequence.evaluate(prompt, {temperature: 0})) {
        if (model.isEogToken(token) || answer.length >= job.max_tokens) break;
        answer.push(token);
    }
    tokens += answer.length;
    answers.push(model.detokenize(answer));
}
const seconds = Number(process.hrtime.bigint() - started) / 1e9;
process.stdout.write(JSON.stringify({answers, tokens, seconds}));
process.exit(0);
