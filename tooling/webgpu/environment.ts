import { existsSync } from 'node:fs';

/** SwiftShader, the software adapter that Debian's Chromium brings, and the Vulkan loader beside it. */
const chromium = '/usr/lib/chromium';
const driver = `${chromium}/vk_swiftshader_icd.json`;
const loader = `${chromium}/libvulkan.so.1`;

/**
 * What the environment of a process has to hold, before it starts, for Dawn to find an adapter in it: the software adapter of Debian's
 * Chromium, which is the same on every machine. A process whose VK_ICD_FILENAMES is set keeps what it has: `VK_ICD_FILENAMES= ` takes
 * the machine's own drivers.
 */
export function adapterEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  if (environment['VK_ICD_FILENAMES'] !== undefined || process.platform !== 'linux') return {};
  const needed: Record<string, string> = {};
  if (existsSync(driver)) needed['VK_ICD_FILENAMES'] = driver;
  const paths = environment['LD_LIBRARY_PATH']?.split(':') ?? [];
  if (existsSync(loader) && !paths.includes(chromium)) needed['LD_LIBRARY_PATH'] = [...paths, chromium].join(':');
  return needed;
}

export const howToInstall = 'apt-get install chromium libvulkan1, or a driver for Vulkan with VK_ICD_FILENAMES at its file.';
