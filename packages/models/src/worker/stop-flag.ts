/** Memory that both threads see: 1 stops the run that reads it. */
export type StopFlag = Int32Array<SharedArrayBuffer>;

/** Why a run in a worker cannot be stopped from within; undefined where it can. */
export function whyNoFlag(): string | undefined {
  const { crossOriginIsolated, SharedArrayBuffer: shared } = globalThis as Partial<typeof globalThis>;
  if (crossOriginIsolated === false) {
    return 'the page is not cross-origin isolated: its server has to send Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp';
  }
  return shared === undefined ? 'this engine has no SharedArrayBuffer' : undefined;
}

/** Undefined where there is no such memory. */
export const stopFlag = (): StopFlag | undefined => (whyNoFlag() === undefined ? new Int32Array(new SharedArrayBuffer(4)) : undefined);

export const raise = (flag: StopFlag): void => void Atomics.store(flag, 0, 1);

export const isRaised = (flag: StopFlag | undefined): boolean => flag !== undefined && Atomics.load(flag, 0) !== 0;

/** For `interruptible`. */
export const checkOf = (flag: StopFlag | undefined) => (): void => {
  if (isRaised(flag)) throw new DOMException('The run was stopped.', 'AbortError');
};
