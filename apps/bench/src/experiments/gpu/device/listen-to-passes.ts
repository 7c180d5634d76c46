/** Told of what is encoded, by whomever. */
export interface PassListener {
  /** @returns where the pass is to write when it began and ended; undefined where nowhere */
  begun(): GPUComputePassTimestampWrites | undefined;
  /** @param bytes what the bindings hold that are set */
  dispatched(bytes: number): void;
}

let listener: PassListener | undefined;
let isHooked = false;

/** Tells one listener at a time of every pass and dispatch of this process's WebGPU from now on; none by undefined. */
export function listenToPasses(next: PassListener | undefined): void {
  if (!isHooked) hook();
  isHooked = true;
  listener = next;
}

/** tfjs and our kernels encode through the same three classes, so that both are counted in the same way. */
function hook(): void {
  const bytesOf = new WeakMap<GPUBindGroup, number>();
  const groupsOf = new WeakMap<GPUComputePassEncoder, Map<number, number>>();
  const { createBindGroup } = GPUDevice.prototype;
  GPUDevice.prototype.createBindGroup = function (descriptor) {
    const group = createBindGroup.call(this, descriptor);
    bytesOf.set(
      group,
      [...descriptor.entries].reduce((sum, { resource }) => sum + rangeOf(resource), 0),
    );
    return group;
  };
  const { beginComputePass } = GPUCommandEncoder.prototype;
  GPUCommandEncoder.prototype.beginComputePass = function (descriptor = {}) {
    const timestampWrites = descriptor.timestampWrites ?? listener?.begun();
    return beginComputePass.call(this, timestampWrites === undefined ? descriptor : { ...descriptor, timestampWrites });
  };
  const { setBindGroup, dispatchWorkgroups } = GPUComputePassEncoder.prototype;
  GPUComputePassEncoder.prototype.setBindGroup = function (this: GPUComputePassEncoder, ...given: [number, GPUBindGroup | null]) {
    const [index, group] = given;
    const groups = groupsOf.get(this) ?? new Map<number, number>();
    groupsOf.set(this, groups.set(index, group === null ? 0 : (bytesOf.get(group) ?? 0)));
    setBindGroup.apply(this, given as unknown as Parameters<typeof setBindGroup>);
  } as typeof setBindGroup;
  GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...workgroups) {
    listener?.dispatched([...(groupsOf.get(this)?.values() ?? [])].reduce((sum, bytes) => sum + bytes, 0));
    dispatchWorkgroups.apply(this, workgroups);
  };
}

/** Bytes of a bound buffer, or of the part of it that is bound; no program here binds anything else. */
export function rangeOf(resource: GPUBindingResource): number {
  if ('buffer' in resource) return resource.size ?? resource.buffer.size - (resource.offset ?? 0);
  return 'usage' in resource && 'size' in resource ? resource.size : 0;
}
