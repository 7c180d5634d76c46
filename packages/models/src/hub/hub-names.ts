// Names become parts of addresses and of paths on disk: what could mean another place there is no name.

/** `org/name`, or the one name of an early model. */
export const isRepository = (id: unknown): id is string =>
  typeof id === 'string' && /^[A-Za-z0-9_][\w.-]{0,95}(\/[A-Za-z0-9_][\w.-]{0,95})?$/.test(id) && !/--|\.\.|\.git$|[.-](\/|$)/.test(id);

const isCommitText = /^[0-9a-f]{40}$/;

/** A whole commit: it names the same files for ever. */
export const isCommit = (revision: unknown): revision is string => typeof revision === 'string' && isCommitText.test(revision);

/** What the rules of git let a branch or tag be called, without what systems of files read otherwise. */
export const isRevision = (revision: string): boolean => /^[\w.+@=-]+(\/[\w.+@=-]+)*$/.test(revision) && staysBelow(revision);

/** A path of parts that each name a file or a folder, and no place above. */
export const isFileName = (name: unknown): name is string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  typeof name === 'string' && name !== '' && !/[\\:\u0000-\u001f\u007f]/.test(name) && staysBelow(name);

const staysBelow = (path: string): boolean => path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

/** The hash of a file's content: SHA-256, or git's SHA-1. */
export const isHash = (hash: unknown, digits: 40 | 64): hash is string =>
  typeof hash === 'string' && hash.length === digits && /^[0-9a-f]+$/.test(hash);
