import { basename, join } from 'node:path';
import { type PublishedPackage, root } from '../published/packages.ts';

/** Where the reference page of a package lies. */
export const apiFile = ({ folder }: PublishedPackage): string => join(root, 'docs/api', `${basename(folder)}.md`);
