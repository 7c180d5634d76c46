import type { Attack } from './attack.ts';

/** Every program, loaded when it is asked for: each makes a process its own. */
export const programs = {
  attention: async () => (await import('./numbers/attention/program.ts')).attention,
  mechanisms: async () => (await import('./numbers/mechanisms/program.ts')).mechanisms,
  layers: async () => (await import('./numbers/layers/program.ts')).layers,
  learning: async () => (await import('./numbers/learning/program.ts')).learning,
  exports: async () => (await import('./edges/exports/program.mjs')).exportsWithOddValues,
  masks: async () => (await import('./edges/masks/program.mjs')).masks,
  texts: async () => (await import('./edges/texts/program.mjs')).texts,
  files: async () => (await import('./edges/files/program.mjs')).files,
  runs: async () => (await import('./edges/runs/program.mjs')).runs,
  kills: async () => (await import('./edges/kills/program.mjs')).kills,
  realms: async () => (await import('./edges/realms.mjs')).realms,
  backends: async () => (await import('./edges/backends/program.mjs')).backends,
  bench: async () => (await import('./edges/bench/program.mjs')).bench,
} as const satisfies Readonly<Record<string, () => Promise<Attack>>>;

export type ProgramName = keyof typeof programs;

export const programNames = Object.keys(programs) as readonly ProgramName[];

export const isProgram = (name: string): name is ProgramName => Object.hasOwn(programs, name);
