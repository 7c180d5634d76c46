/** Work that the person ended. */
export const cancelled = (): DOMException => new DOMException('The work was cancelled.', 'AbortError');

export const isCancelled = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError';
