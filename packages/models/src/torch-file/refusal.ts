import { FileError } from '@longspan/core-tensor/error';

/** What else Python writes under such a name; `within`: tensors in a record of a record, as training loops save them. */
export type OtherForm = 'tar' | 'pickle' | 'script' | 'model' | { readonly within: string };

/** Makes the error of one file; `isDamaged` where another copy of it may be whole, `form` where Python has to read it in another way. */
export type Refusal = (reason: {
  readonly problem: string;
  readonly expected: string;
  readonly got: string;
  readonly isDamaged?: boolean;
  readonly form?: OtherForm | undefined;
}) => FileError;

/** The errors of a file of torch. All of them say how Python makes a file of it that holds nothing but tensors. */
export const refusalOf =
  (name: string): Refusal =>
  ({ problem, expected, got, isDamaged = false, form }) =>
    new FileError({
      caller: 'openTorchFile',
      problem,
      expected,
      got,
      remedy: `${isDamaged ? 'fetch it again, or ' : ''}${isRun(form) ? 'if you trust who made it, for Python runs what it says, ' : ''}convert ${name} in Python: ${conversionOf(name, form)}`,
    });

/** Whether Python must be allowed to run what the file says. */
const isRun = (form: OtherForm | undefined): boolean => typeof form === 'string';

/** One line, which keeps every tensor, those of heads too; `weights_only` runs nothing that the file says. */
function conversionOf(name: string, form: OtherForm | undefined): string {
  const quoted = JSON.stringify(name.slice(0, 200));
  const target = JSON.stringify(
    `${name
      .slice(0, 200)
      .replace(/^pytorch_model/, 'model')
      .replace(/[.][a-z]+$/, '')}.safetensors`,
  );
  const modules = form === 'pickle' ? 'pickle, torch' : 'torch';
  return `import ${modules}; from safetensors.torch import save_file; save_file({k: v.clone().contiguous() for k, v in ${loadedBy(quoted, form)}.items() if torch.is_tensor(v)}, ${target}, metadata={"format": "pt"})`;
}

/** What gives the record of tensors in Python. */
function loadedBy(quoted: string, form: OtherForm | undefined): string {
  const load = (weightsOnly: 'True' | 'False'): string => `torch.load(${quoted}, map_location="cpu", weights_only=${weightsOnly})`;
  switch (form) {
    case undefined:
      return load('True');
    case 'tar': // which weights_only does not read
      return load('False');
    case 'model':
      return `${load('False')}.state_dict()`;
    case 'script':
      return `torch.jit.load(${quoted}, map_location="cpu").state_dict()`;
    case 'pickle':
      return `pickle.load(open(${quoted}, "rb"))`;
    default:
      return `${load('True')}[${JSON.stringify(form.within.slice(0, 200))}]`;
  }
}
