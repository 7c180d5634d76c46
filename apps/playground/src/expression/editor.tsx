import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { CodeMirror } from './code-mirror.ts';
import type { Read } from './read-expression.ts';

interface ExpressionEditorProps {
  readonly value: string;
  readonly read: Read;
  readonly label: string;
  onChange(text: string): void;
}

/**
 * An editor of mask expressions with completion, help on hover and problems under the caret. It stands in a shadow root, where its styles
 * are objects and no text of a style element, which the page's policy would refuse. It comes after the view: its library takes a task to
 * begin.
 */
export function ExpressionEditor({ value, read, label, onChange }: ExpressionEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<CodeMirror>();
  const [isMissing, setIsMissing] = useState(false);
  const latest = useRef({ value, onChange });
  latest.current = { value, onChange };

  useEffect(() => {
    const host = place.current as HTMLDivElement;
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    let isOver = false;
    let opened: CodeMirror | undefined;
    const open = (codeMirror: typeof import('./code-mirror.ts').codeMirror): void => {
      if (isOver) return;
      opened = codeMirror(root, { value: latest.current.value, label, onChange: (text) => latest.current.onChange(text) });
      setEditor(opened);
    };
    import('./code-mirror.ts').then(
      ({ codeMirror }) => setTimeout(open, 0, codeMirror),
      () => setIsMissing(true),
    );
    return () => {
      isOver = true;
      opened?.close();
    };
  }, [label]);

  // At once with the rendering: later, a value that typing has overtaken would be written over what was typed.
  useLayoutEffect(() => editor?.write(value), [editor, value]);
  useEffect(() => editor?.mark('problem' in read ? read.problem : undefined), [editor, read]);

  return (
    <>
      <div ref={place} class="expression-editor" />
      {isMissing && (
        <p class="problem" role="alert">
          The editor could not be loaded. Is there a network? Load the page anew to try again.
        </p>
      )}
    </>
  );
}
