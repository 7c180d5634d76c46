/** A file of the archive: a copy of one of this machine, or a text. */
export type PackedFile = { readonly to: string; readonly isProgram?: true } & ({ readonly from: string } | { readonly text: string });

/** Where on this machine the parts of the archive lie. */
export interface PackSources {
  /** The folder of the package `webgpu`. */
  readonly webgpu: string;
  /** The folder of the package that has a Node binary. */
  readonly node: string;
  /** The Vulkan loader; absent where this machine has none. */
  readonly vulkan?: string | undefined;
  /** The bundled programs, by their names. */
  readonly programs: Readonly<Record<string, string>>;
  /** The style sheet of reports. */
  readonly css: string;
  /** The licence of what is measured. */
  readonly license: string;
  /** Files of onnxruntime-web and its graphs, by where they go beside the programs. */
  readonly runtime: Readonly<Record<string, string>>;
  /** What the programs are made of. */
  readonly about: object;
}

/** The folder that the archive unpacks to. */
export const packedFolder = 'longspan-gpu';

const script = `#!/bin/sh
# Measures the kernels of @longspan/gpu-backend on this machine's graphics card, and writes results.md, results.json and report.html to
# the folder results beside this file. Needs Linux on x64 with glibc and libstdc++, and a driver for Vulkan; no network.
# ./run.sh --help lists options.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# The loader of Vulkan that is packed here; the drivers are the machine's own.
LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$here/lib"
export LD_LIBRARY_PATH
# A container may have NVIDIA's driver without the file that names it to the loader.
if ! ls /etc/vulkan/icd.d/nvidia* /usr/share/vulkan/icd.d/nvidia* /usr/local/share/vulkan/icd.d/nvidia* >/dev/null 2>&1; then
  VK_ADD_DRIVER_FILES="$here/lib/nvidia_icd.json\${VK_ADD_DRIVER_FILES:+:$VK_ADD_DRIVER_FILES}"
  export VK_ADD_DRIVER_FILES
fi
exec "$here/node/bin/node" "$here/bench/cli.js" --out "$here/results" "$@"
`;

/** As NVIDIA's installer writes it; where there is no such library, the loader passes over it. */
const nvidia = { file_format_version: '1.0.0', ICD: { library_path: 'libGLX_nvidia.so.0', api_version: '1.3.0' } };

const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** All files of the archive. The bench draws its numbers from a seed, so there are no fixtures among them. */
export function packList({ webgpu, node, vulkan, programs, css, license, runtime, about }: PackSources): PackedFile[] {
  const dawn = 'dist/linux-x64/dawn.node'; // other platforms have theirs beside it, which stay out
  const files: PackedFile[] = [
    { to: 'run.sh', text: script, isProgram: true },
    { to: 'LICENSE', from: license },
    { to: 'node/bin/node', from: `${node}/bin/node`, isProgram: true },
    { to: 'node/LICENSE', from: `${node}/LICENSE` },
    ...['package.json', 'index.js', 'LICENSE.md', dawn].map((name) => ({
      to: `bench/node_modules/webgpu/${name}`,
      from: `${webgpu}/${name}`,
    })),
    ...Object.entries(runtime).map(([name, from]) => ({ to: `bench/${name}`, from })),
    ...Object.entries(programs).map(([name, text]) => ({ to: `bench/${name}`, text })),
    { to: 'bench/package.json', text: json({ private: true, type: 'module' }) },
    { to: 'bench/report.css', from: css },
    { to: 'bench/about.json', text: json(about) },
    { to: 'lib/nvidia_icd.json', text: json(nvidia) },
    ...(vulkan === undefined ? [] : [{ to: 'lib/libvulkan.so.1', from: vulkan }]),
  ];
  return files.map((file) => ({ ...file, to: `${packedFolder}/${file.to}` }));
}
