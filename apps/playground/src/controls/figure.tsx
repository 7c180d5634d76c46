/** A number that matters, with its name above and what it is measured against below. */
export const Figure = ({ name, value, note }: { readonly name: string; readonly value: string; readonly note?: string | undefined }) => (
  <div class="figure">
    <span class="figure-name">{name}</span>
    <span class="figure-value">{value}</span>
    {note !== undefined && <span class="figure-note">{note}</span>}
  </div>
);
