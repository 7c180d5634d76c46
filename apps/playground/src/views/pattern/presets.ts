export interface Preset {
  readonly id: string;
  readonly title: string;
  readonly group: 'Papers' | 'Building blocks' | 'Images and video' | 'Text, image and video';
  readonly length: number;
  readonly expression: string;
  /** Where it is from, or where such patterns are treated. */
  readonly source: { readonly title: string; readonly href: string };
}

const paper = (title: string, number: string) => ({ title, href: `https://arxiv.org/abs/${number}` });
const sources: Readonly<Record<string, Preset['source']>> = {
  bigbird: paper('BigBird, Zaheer 2020', '2007.14062'),
  'sparse-strided': paper('Sparse Transformer, Child 2019', '1904.10509'),
  'sparse-fixed': paper('Sparse Transformer, Child 2019', '1904.10509'),
  modernbert: paper('ModernBERT, Warner 2024', '2412.13663'),
  longt5: paper('LongT5, Guo 2022', '2112.07916'),
  mistral: paper('Attention sinks, Xiao 2023', '2309.17453'),
  prefix: paper('T5, Raffel 2020', '1910.10683'),
  chunks: paper('Reformer, Kitaev 2020', '2001.04451'),
  swin: paper('Swin, Liu 2021', '2103.14030'),
  neighbourhood: paper('Neighborhood attention, Hassani 2022', '2204.07143'),
  full: paper('Attention Is All You Need, Vaswani 2017', '1706.03762'),
  causal: paper('Attention Is All You Need, Vaswani 2017', '1706.03762'),
};

const preset = (group: Preset['group'], id: string, title: string, length: number, expression: string): Preset => ({
  id,
  title,
  group,
  length,
  expression,
  source: sources[id] ?? paper('Longformer, Beltagy 2020', '2004.05150'),
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
