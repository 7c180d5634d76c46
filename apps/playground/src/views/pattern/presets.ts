export interface Preset {
  readonly id: string;
  readonly title: string;
  readonly group: 'Papers' | 'Building blocks' | 'Images and video' | 'Text, image and video';
  readonly length: number;
  readonly expression: string;
}

const preset = (group: Preset['group'], id: string, title: string, length: number, expression: string): Preset => ({
  id,
  title,
  group,
  length,
  expression,
});

/** Patterns to begin with: those of the papers, in the sizes of their models where these are known. */
export const presets: readonly Preset[] = [
  preset(
    'Building blocks',
    'window',
    'Window with a global token',
    4096,
    'slidingWindow({ left: 256 }).or(globalTokens([0])).and(causal())',
  ),
  preset('Building blocks', 'full', 'Full attention', 4096, 'everything()'),
  preset('Building blocks', 'causal', 'Full, causal', 4096, 'causal()'),
  preset('Building blocks', 'local', 'Causal window', 4096, 'slidingWindow({ left: 255 })'),
  preset('Building blocks', 'chunks', 'Chunks that see the one before', 4096, 'blockWindow({ blockSize: 256, left: 1 }).and(causal())'),
  preset(
    'Building blocks',
    'heads',
    'A pattern for each head',
    2048,
    'perHead([slidingWindow({ left: 64 }), dilatedWindow({ left: 64, dilation: 4 }), strided({ stride: 64 }), globalTokens([0, 1])]).and(causal())',
  ),
  preset('Papers', 'longformer', 'Longformer (2020)', 4096, 'slidingWindow({ left: 256, right: 256 }).or(globalTokens([0]))'),
  preset(
    'Papers',
    'longformer-dilated',
    'Longformer, dilated heads',
    4096,
    'dilatedWindow({ left: 64, right: 64, dilation: [1, 2, 4, 8] }).or(globalTokens([0]))',
  ),
  preset(
    'Papers',
    'bigbird',
    'BigBird (2020)',
    4096,
    'bigBird({ blockSize: 64, windowBlocks: 1, globalBlocks: [0, 63], randomBlocks: randomBlocks(createKey(1), { queryBlocks: 64, perQueryBlock: 3 }) })',
  ),
  preset(
    'Papers',
    'sparse-strided',
    'Sparse Transformer, strided (2019)',
    2048,
    'slidingWindow({ left: 45 }).or(strided({ stride: 45 })).and(causal())',
  ),
  preset('Papers', 'sparse-fixed', 'Sparse Transformer, fixed (2019)', 2048, 'fixed({ stride: 128, summary: 8 }).and(causal())'),
  preset('Papers', 'modernbert', 'ModernBERT, local layer (2024)', 8192, 'slidingWindow({ left: 64, right: 64 })'),
  preset('Papers', 'longt5', 'LongT5, local (2022)', 4096, 'slidingWindow({ left: 127, right: 127 })'),
  preset(
    'Papers',
    'mistral',
    'Sliding window with sinks (2024)',
    8192,
    'slidingWindow({ left: 1023 }).or(keysAt([0, 1, 2, 3])).and(causal())',
  ),
  preset('Papers', 'prefix', 'Prefix language model (T5, 2020)', 1024, 'prefix({ length: 256 }).or(causal())'),
  preset('Images and video', 'neighbourhood', 'Neighbourhood of a picture', 1024, 'grid([32, 32]).neighbourhood({ radius: 3 })'),
  preset('Images and video', 'swin', 'Swin, shifted windows (2021)', 3136, 'grid([56, 56]).shiftedWindows({ window: 7, shift: 3 })'),
  preset('Images and video', 'video', 'Video, near in space and time', 4096, 'grid([16, 16, 16]).neighbourhood({ radius: [1, 2, 2] })'),
  preset(
    'Text, image and video',
    'parts',
    'Text, image and video in one sequence',
    1344,
    [
      "segments({ text: 64, image: 256, video: 1024 }).between('text', 'text', causal())",
      "segments({ text: 64, image: 256, video: 1024 }).between('image', 'text')",
      "segments({ text: 64, image: 256, video: 1024 }).between('image', 'image', grid([16, 16]).neighbourhood({ radius: 2 }))",
      "segments({ text: 64, image: 256, video: 1024 }).between('video', 'text')",
      "segments({ text: 64, image: 256, video: 1024 }).between('video', 'video', grid([4, 16, 16]).neighbourhood({ radius: [1, 1, 1] }))",
    ].reduce((all, each) => (all === '' ? each : `${all}.or(\n  ${each})`), ''),
  ),
];
