export { type Cache, caches, clearCaches } from './caches.ts';
export { remember, rememberByIdentity } from './remember.ts';
