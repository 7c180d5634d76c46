/** What a link says that cannot be: shown above a view, which stands at its defaults for those. */
export const Refused = ({ reasons }: { readonly reasons: readonly string[] }) =>
  reasons.length === 0 ? null : (
    <ul class="notice refused" role="status">
      {reasons.map((reason) => (
        <li key={reason}>{reason}</li>
      ))}
    </ul>
  );
