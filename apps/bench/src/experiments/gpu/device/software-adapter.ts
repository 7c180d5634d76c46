/** What an adapter says of itself; each may be empty. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
}

/** SwiftShader; Mesa's llvmpipe, which lavapipe is made of; Microsoft's WARP. */
const rasterizers = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b|\bsoftware\b/i;

/** Whether an adapter computes on the CPU: what it takes says nothing about a graphics card. */
export const isSoftwareAdapter = ({ vendor, architecture, device, description }: AdapterInfo): boolean =>
  [vendor, architecture, device, description].some((text) => rasterizers.test(text));

/** Its description, or what there is in its place. */
export const adapterName = ({ vendor, architecture, device, description }: AdapterInfo): string =>
  [description, device, `${vendor} ${architecture}`.trim()].find((text) => text !== '') ?? 'an adapter without a name';
