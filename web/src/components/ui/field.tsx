import { useId } from "react";

type Given = { id: string; "aria-invalid": boolean; "aria-describedby": string | undefined };
type Props = { label: React.ReactNode; error?: string; hint?: string; children: (given: Given) => React.ReactNode };

/** A labelled input with what is wrong about it. */
export function Field({ label, error, hint, children }: Props) {
  const id = useId();
  const said = error ?? hint;
  return (
    <div className="grid content-start gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children({ id, "aria-invalid": !!error, "aria-describedby": said ? `${id}-said` : undefined })}
      {said && (
        <p id={`${id}-said`} className={error ? "text-sm text-bad" : "text-sm text-muted-foreground"}>
          {said}
        </p>
      )}
    </div>
  );
}
