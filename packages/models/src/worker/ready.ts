/** What a worker says once it listens: what was sent to it before might be lost. */
export const ready = { '@longspan/models': 'ready' } as const;

export const isReady = (message: unknown): boolean =>
  typeof message === 'object' && message !== null && Object.hasOwn(message, '@longspan/models');
