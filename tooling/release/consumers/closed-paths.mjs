const paths = [
  '@longspan/attention-sparse/internal/layout',
  '@longspan/attention-sparse/dist/index.js',
  '@longspan/attention-sparse/src/index.ts',
  '@longspan/attention-sparse/layout',
  '@longspan/core-tensor/dist/index.js',
  '@longspan/core-tensor/contracts',
];
const codes = await Promise.all(
  paths.map((path) =>
    import(path).then(
      () => 'reachable',
      (error) => error.code,
    ),
  ),
);
console.log(JSON.stringify(Object.fromEntries(paths.map((path, at) => [path, codes[at]]))));
