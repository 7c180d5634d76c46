import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** A question mark that opens an explanation: by click or key, closed by Escape or a click elsewhere. */
export function Explain({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  const id = useId();
  return (
    <>
      <button type="button" class="explain" popovertarget={id} aria-label={`Explain: ${label}`}>
        ?
      </button>
      <div id={id} popover="auto" class="explanation" role="note" aria-label={label}>
        <strong>{label}</strong>
        {children}
      </div>
    </>
  );
}

/** Where something comes from: a paper with its number at arXiv, or a page of the documentation. */
export const Source = ({ title, href }: { readonly title: string; readonly href: string }) => (
  <a class="source" href={href} target="_blank" rel="noreferrer">
    {title}
  </a>
);
