/** Chains of multiply-adds that each thread keeps in registers, four lanes each; none waits for another. */
const chainCounts = [2, 4, 8, 12] as const;
const lanes = 4;
/** Multiply-adds of a chain in one turn of the loop. */
const unrolled = 8;
const threads = 256;

/** Arithmetic alone: the device's highest rate of float32 multiply-adds, as far as WGSL gives it out. */
export interface MultiplyAdds {
  readonly chains: number;
  readonly flops: number;
  /** Encodes and submits it. */
  run(): void;
  /** @throws Error where a number is off */
  check(): Promise<void>;
}

export const flopsOf = (chains: number, turns: number, groups: number): number => 2 * lanes * unrolled * chains * turns * threads * groups;

/**
 * The programs, one for each number of chains. With a factor of 1 and a summand of 0, which the compiler cannot know, chain i stays at i + 1.
 * @param groups workgroups: many for each of the device's cores  @param turns of the loop
 */
export function multiplyAddsOn(device: GPUDevice, groups: number, turns: number): MultiplyAdds[] {
  return chainCounts.map((chains) => onePeak(device, chains, groups, turns));
}

export function multiplyAddsText(chains: number): string {
  const each = (text: (chain: number) => string): string => Array.from({ length: chains }, (_, chain) => text(chain)).join('\n');
  const turn = each((chain) => `x${chain} = fma(x${chain}, factor, summand);`);
  return `
    struct Numbers { turns: u32, factor: f32, summand: f32, unused: f32 }
    @group(0) @binding(0) var<storage, read_write> sums: array<f32>;
    @group(0) @binding(1) var<uniform> numbers: Numbers;
    @compute @workgroup_size(${threads})
    fn main(@builtin(global_invocation_id) id: vec3<u32>) {
      let factor = vec4<f32>(numbers.factor);
      let summand = vec4<f32>(numbers.summand);
      ${each((chain) => `var x${chain} = vec4<f32>(${chain + 1}.0);`)}
      for (var turn = 0u; turn < numbers.turns; turn++) {
        ${Array.from({ length: unrolled }, () => turn).join('\n')}
      }
      sums[id.x] = dot(${Array.from({ length: chains }, (_, chain) => `x${chain}`).join(' + ')}, vec4<f32>(1.0));
    }`;
}

function onePeak(device: GPUDevice, chains: number, groups: number, turns: number): MultiplyAdds {
  const module = device.createShaderModule({ code: multiplyAddsText(chains), label: `${chains} chains of multiply-adds` });
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } });
  const sums = device.createBuffer({ size: 4 * threads * groups, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
  const uniforms = device.createBuffer({ size: 16, usage: GPUBufferUsage.UNIFORM, mappedAtCreation: true });
  const numbers = new DataView(uniforms.getMappedRange());
  numbers.setUint32(0, turns, true);
  numbers.setFloat32(4, 1, true);
  uniforms.unmap();
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [sums, uniforms].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  return {
    chains,
    flops: flopsOf(chains, turns, groups),
    run() {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(groups);
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
    async check() {
      const staging = device.createBuffer({ size: sums.size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(sums, 0, staging, 0, sums.size);
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      const expected = (lanes * chains * (chains + 1)) / 2;
      const wrong = new Float32Array(staging.getMappedRange()).find((sum) => sum !== expected);
      staging.destroy();
      if (wrong !== undefined) throw new Error(`${chains} chains of multiply-adds give ${wrong}, not ${expected}`);
    },
  };
}
