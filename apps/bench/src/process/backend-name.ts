/** The tfjs backends that a run can be made on; apart from the code that starts one, so that the parent process loads no tfjs. */
export const backendNames = ['wasm', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];
