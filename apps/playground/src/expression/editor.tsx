import { autocompletion, type Completion, type CompletionContext, completionKeymap, snippet } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { javascriptLanguage } from '@codemirror/lang-javascript';
import { bracketMatching, HighlightStyle, LanguageSupport, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, setDiagnostics } from '@codemirror/lint';
import { Annotation, EditorState } from '@codemirror/state';
import { EditorView, hoverTooltip, keymap } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Read } from './read-expression.ts';
import { methods, words } from './vocabulary.ts';

interface ExpressionEditorProps {
  readonly value: string;
  readonly read: Read;
  readonly label: string;
  onChange(text: string): void;
}

/** A change that did not come from the person at the editor. */
const fromOutside = Annotation.define<true>();

const colours = HighlightStyle.define([
  { tag: [tags.variableName, tags.function(tags.variableName)], color: 'var(--strong)', fontWeight: '600' },
  { tag: tags.propertyName, color: 'var(--soft)' },
  { tag: tags.function(tags.propertyName), color: 'var(--accent)', fontWeight: '600' },
  { tag: [tags.number, tags.string, tags.bool], color: 'var(--good)' },
]);

const look = EditorView.theme({
  '&': { border: '1px solid var(--line)', borderRadius: '8px', background: 'var(--raised)' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '1px' },
  '.cm-content': { font: 'var(--code)', padding: '8px 4px', caretColor: 'var(--ink)' },
  '.cm-line': { padding: '0 6px' },
  '.cm-tooltip': {
    background: 'var(--raised)',
    color: 'var(--ink)',
    border: '1px solid var(--line)',
    borderRadius: '8px',
    maxWidth: '26rem',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--strong)', color: 'var(--on-strong)' },
  '.cm-diagnostic': { padding: '6px 10px', whiteSpace: 'pre-wrap' },
  '.word-help': { padding: '8px 10px', display: 'grid', gap: '4px' },
  '.word-help code': { font: 'var(--code)', color: 'var(--strong)' },
});

/**
 * An editor of mask expressions with completion, help on hover and problems under the caret. It stands in a shadow root, where its styles
 * are objects and no text of a style element, which the page's policy would refuse.
 */
export function ExpressionEditor({ value, read, label, onChange }: ExpressionEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(null);
  const changed = useRef(onChange);
  changed.current = onChange;

  useEffect(() => {
    const host = place.current as HTMLDivElement;
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    const view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: value,
        extensions: [
          history(),
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
          new LanguageSupport(javascriptLanguage),
          syntaxHighlighting(colours),
          bracketMatching(),
          autocompletion({ override: [completions], icons: false }),
          hoverTooltip(helpAt),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', autocapitalize: 'off' }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !update.transactions.some((each) => each.annotation(fromOutside)))
              changed.current(update.state.doc.toString());
          }),
          look,
        ],
      }),
    });
    editor.current = view;
    return () => view.destroy();
  }, [label]);

  // At once with the rendering: later, a value that typing has overtaken would be written over what was typed.
  useLayoutEffect(() => {
    const view = editor.current;
    if (view === null || view.state.doc.toString() === value) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value }, annotations: fromOutside.of(true) });
  }, [value]);

  useEffect(() => {
    const view = editor.current;
    if (view === null) return;
    const length = view.state.doc.length;
    const diagnostics: Diagnostic[] =
      'problem' in read
        ? [
            {
              from: Math.min(read.problem.from, length),
              to: Math.min(read.problem.to, length),
              severity: 'error',
              message: read.problem.message,
            },
          ]
        : [];
    view.dispatch(setDiagnostics(view.state, diagnostics));
  }, [read]);

  return <div ref={place} class="expression-editor" />;
}

const asCompletion = (label: string, text: string, info: string, detail?: string): Completion => ({
  label,
  type: 'function',
  info,
  ...(detail === undefined ? {} : { detail: ` ${detail.slice(label.length)}` }),
  apply: snippet(text),
});

const completionsOfWords = Object.entries(words).map(([name, { snippet: text, says, signature }]) =>
  asCompletion(name, text, `${signature}. ${says}`),
);
const completionsOfMethods = Object.entries(methods).map(([name, { snippet: text, says }]) => asCompletion(name, text, says));

function completions(context: CompletionContext) {
  const word = context.matchBefore(/\w*/);
  if (word === null || (word.from === word.to && !context.explicit && context.matchBefore(/\.\w*/) === null)) return null;
  const isMethod = word.from > 0 && context.state.sliceDoc(word.from - 1, word.from) === '.';
  return { from: word.from, options: isMethod ? completionsOfMethods : completionsOfWords, validFor: /^\w*$/ };
}

function helpAt(view: EditorView, position: number) {
  const { from, text } = view.state.doc.lineAt(position);
  const at = position - from;
  const start = at - (/\w*$/.exec(text.slice(0, at))?.[0].length ?? 0);
  const end = at + (/^\w*/.exec(text.slice(at))?.[0].length ?? 0);
  const name = text.slice(start, end);
  const word = Object.hasOwn(words, name) ? words[name] : undefined;
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (word === undefined && method === undefined) return null;
  return {
    pos: from + start,
    end: from + end,
    create: () => {
      const dom = document.createElement('div');
      dom.className = 'word-help';
      const code = document.createElement('code');
      code.textContent = word?.signature ?? `.${name}(…)`;
      const says = document.createElement('span');
      says.textContent = (word ?? method)?.says ?? '';
      dom.append(code, says);
      return { dom };
    },
  };
}
