import { FileError } from '@longspan/core-tensor/error';

/** Makes the error of one file; `isDamaged` where another copy of it may be whole. */
export type Refusal = (reason: {
  readonly problem: string;
  readonly expected: string;
  readonly got: string;
  readonly isDamaged?: boolean;
}) => FileError;

/** The errors of a file of torch. All of them say how Python makes a file of it that holds nothing but tensors. */
export const refusalOf =
  (name: string): Refusal =>
  ({ problem, expected, got, isDamaged = false }) =>
    new FileError({
      caller: 'openTorchFile',
      problem,
      expected,
      got,
      remedy: `${isDamaged ? 'fetch it again, or ' : ''}convert ${name} in Python: ${conversionOf(name)}`,
    });

/** One line, which keeps every tensor, those of heads too; `weights_only` runs nothing that the file says. */
const conversionOf = (name: string): string => {
  const quoted = JSON.stringify(name.slice(0, 200));
  const target = JSON.stringify(
    `${name
      .slice(0, 200)
      .replace(/^pytorch_model/, 'model')
      .replace(/[.][a-z]+$/, '')}.safetensors`,
  );
  return `import torch; from safetensors.torch import save_file; save_file({k: v.clone().contiguous() for k, v in torch.load(${quoted}, map_location="cpu", weights_only=True).items()}, ${target}, metadata={"format": "pt"})`;
};
