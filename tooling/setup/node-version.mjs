// Nothing is imported here, and nothing newer than ES2015 is used: an old Node must get as far as the message.

/** Leaves with a sentence where Node is too old to run the workspace; `wanted` is the least version, as in package.json. */
export function requireNode(wanted) {
  const have = process.versions.node.split('.').map(Number);
  const want = wanted.split('.').map(Number);
  const enough = have[0] > want[0] || (have[0] === want[0] && have[1] >= want[1]);
  if (enough) return;
  process.stderr.write(
    `Longspan: this Node is too old.\n  expected  Node ${wanted} or newer\n  got       Node ${process.versions.node}\n` +
      `  remedy    install Node 20 or newer (https://nodejs.org, or your version manager), then run the same command again.\n`,
  );
  process.exit(1);
}
