import { causal, slidingWindow } from '@longspan/attention-sparse/mask';

const mask = slidingWindow({ left: 2, right: 0 }).and(causal());
console.log(JSON.stringify({ name: mask.name, seen: [0, 1, 2, 3].map((key) => mask.allows(2, key)) }));
