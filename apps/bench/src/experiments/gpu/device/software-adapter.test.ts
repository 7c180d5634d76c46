import { describe, expect, it } from 'vitest';
import { adapterName, isSoftwareAdapter } from './software-adapter.ts';

const adapter = (vendor: string, architecture: string, device = '', description = '') => ({ vendor, architecture, device, description });

describe('isSoftwareAdapter', () => {
  it.each([
    adapter('google', 'swiftshader', 'swiftshader-device-subzero-', 'SwiftShader driver 5.0.0'),
    adapter('mesa', 'software', '', 'llvmpipe: Mesa 25.0.7-2~bpo12+1 (LLVM 15.0.6) 0.0.1'),
    adapter('', '', '', 'llvmpipe (LLVM 19.1.7, 256 bits)'),
    adapter('microsoft', '', '', 'Microsoft Basic Render Driver'),
  ])('takes $vendor $architecture $description for one', (one) => expect(isSoftwareAdapter(one)).toBe(true));

  it.each([
    adapter('nvidia', 'hopper', 'nvidia-h200', 'NVIDIA: 570.86.15'),
    adapter('amd', 'rdna-3', '', 'radv: Mesa 25.0.7'),
    adapter('intel', 'gen-12lp', '', 'Intel open-source Mesa driver'),
    adapter('', ''),
  ])('takes $vendor $architecture $description for a graphics card', (one) => expect(isSoftwareAdapter(one)).toBe(false));
});

describe('adapterName', () => {
  it('takes the first that is not empty', () => {
    expect(adapterName(adapter('nvidia', 'hopper', 'nvidia-h200', 'NVIDIA H200'))).toBe('NVIDIA H200');
    expect(adapterName(adapter('nvidia', 'hopper'))).toBe('nvidia hopper');
    expect(adapterName(adapter('', ''))).toBe('an adapter without a name');
  });
});
