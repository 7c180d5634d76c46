import { chosenMechanisms } from './chosen.ts';
import { funnelMechanism } from './funnel.ts';
import { hourglassMechanism } from './hourglass.ts';
import { layerMechanisms } from './layers.ts';
import { levelMechanisms } from './levels.ts';
import { lshMechanisms } from './lsh.ts';
import { maskMechanisms } from './masks.ts';
import type { Mechanism } from './mechanism.ts';
import { memoryMechanisms } from './memory.ts';
import { operationMechanisms } from './operations.ts';
import { poolingMechanisms } from './pooling.ts';
import { reversibleMechanisms } from './reversible.ts';
import { routingMechanisms } from './routing.ts';
import { scoreMechanisms } from './score-terms.ts';
import { swinMechanism } from './swin-stage.ts';

/** What is checked, by the package that one would install for it. */
export const mechanismsOf: Readonly<Record<string, readonly Mechanism[]>> = {
  'attention-sparse': [
    ...maskMechanisms,
    ...scoreMechanisms,
    ...operationMechanisms,
    ...layerMechanisms,
    ...chosenMechanisms,
    ...routingMechanisms,
  ],
  'attention-lsh': lshMechanisms,
  reversible: reversibleMechanisms,
  'memory-xl': memoryMechanisms,
  hierarchical: [...poolingMechanisms, hourglassMechanism, ...levelMechanisms, funnelMechanism, swinMechanism],
};
