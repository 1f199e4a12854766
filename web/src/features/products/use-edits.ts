"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { keys } from "@/lib/api/keys";
import { Problem } from "@/lib/api/problem";
import { type Edits, getProduct, saveProduct, type Tagged } from "./api";
import { type Conflict, conflictsOf, type Editable, editsOf, type Values, valuesOf } from "./edits";

/**
 * What a person writes on a product, kept apart from what was loaded: only edits are sent, held to the version they were made on.
 * When somebody else was faster, `conflicts` has both words for each field; what does not contradict is kept.
 */
export function useEdits(tagged: Tagged) {
  const client = useQueryClient();
  const [base, setBase] = useState(tagged);
  const [values, setValues] = useState<Values>(() => valuesOf(tagged.product));
  const [locked, setLocked] = useState<string[] | undefined>();
  const [conflicts, setConflicts] = useState<Conflict[]>([]);
  const isLockEdited = locked !== undefined && locked.toSorted().join() !== base.product.locked_fields.toSorted().join();
  const edits: Edits = { ...editsOf(base.product, values), ...(isLockEdited && { locked_fields: locked }) };
  const isEdited = Object.keys(edits).length > 0;
  // While nothing is written here, what others write is shown as it comes.
  const shown = isEdited || conflicts.length ? base : tagged;
  if (shown !== base) {
    setBase(tagged);
    setValues(valuesOf(tagged.product));
    setLocked(undefined);
  }
  const start = (next: Tagged) => {
    setBase(next);
    setValues(valuesOf(next.product));
    setLocked(undefined);
    setConflicts([]);
  };
  const save = useMutation({
    mutationFn: (sent: Edits) => saveProduct(base.product.id, sent, base.etag),
    onSuccess: (saved) => {
      client.setQueryData(keys.product(saved.product.id), saved);
      start(saved);
      void client.invalidateQueries({ queryKey: keys.product(saved.product.id) });
      void client.invalidateQueries({ queryKey: [...keys.products, "list"] });
    },
    onError: async (error, sent) => {
      if (!Problem.of(error).isConflict) return;
      const theirs = await getProduct(base.product.id);
      client.setQueryData(keys.product(base.product.id), theirs);
      setConflicts(conflictsOf(base.product, theirs.product, sent));
      setBase(theirs);
      setValues({ ...valuesOf(theirs.product), ...(Object.fromEntries(Object.entries(sent).filter(([field]) => field !== "locked_fields")) as Partial<Values>) });
    },
  });
  return {
    values,
    locked: locked ?? base.product.locked_fields,
    edits,
    isEdited,
    conflicts,
    save,
    write: (field: Editable, value: string) => setValues((now) => ({ ...now, [field]: value })),
    toggleLock: (field: string) => setLocked((now = base.product.locked_fields) => (now.includes(field) ? now.filter((one) => one !== field) : [...now, field])),
    settle: (field: Editable, value: string) => {
      setValues((now) => ({ ...now, [field]: value }));
      setConflicts((now) => now.filter((one) => one.field !== field));
    },
    discard: () => start(tagged),
  };
}
