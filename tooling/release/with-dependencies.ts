import { publishedPackages } from '../published/packages.ts';

/** Packages of ours and those that they depend on, for a project that installs them from files: no registry has them. */
export function withDependencies(names: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const add = (name: string): void => {
    const ours = publishedPackages.find((each) => each.name === name);
    if (ours === undefined || found.has(name)) return;
    found.add(name);
    for (const each of Object.keys(ours.manifest.dependencies ?? {})) add(each);
  };
  for (const name of names) add(name);
  return [...found];
}
