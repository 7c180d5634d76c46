/** Which line of a chart is which. */
export const Keys = ({ second }: { readonly second: string }) => (
  <p class="legend">
    <span class="key first">with memory</span>
    <span class="key second">{second}</span>
  </p>
);
