"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { keys } from "@/lib/api/keys";
import { Problem } from "@/lib/api/problem";
import { type Edits, getProduct, saveProduct, type Tagged } from "./api";
import { type Conflict, conflictsOf, EDITABLE, type Editable, editsOf, type Values, valuesOf } from "./edits";

/** Of edits those of the form's fields. */
const writtenIn = (edits: Edits) => Object.fromEntries(EDITABLE.flatMap((field) => (field in edits ? [[field, edits[field]]] : []))) as Partial<Values>;

/**
 * What a person writes on a product, kept apart from what was loaded: only edits are sent, held to the version they were made on.
 * When somebody else was faster, `conflicts` has both words for each field; what does not contradict is kept.
 */
export function useEdits(tagged: Tagged, onSaved: () => void) {
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
  const take = (saved: Tagged) => {
    client.setQueryData(keys.product(saved.product.id), saved);
    start(saved);
    void client.invalidateQueries({ queryKey: keys.product(saved.product.id) });
    void client.invalidateQueries({ queryKey: [...keys.products, "list"] });
    onSaved();
  };
  /** Once more on what the other wrote, unless both wrote something else in one field. Throws Problem. */
  const rebase = async (sent: Edits): Promise<Tagged | undefined> => {
    const theirs = await getProduct(base.product.id);
    const contradictions = conflictsOf(base.product, theirs.product, sent);
    if (!contradictions.length) return saveProduct(base.product.id, sent, theirs.etag);
    client.setQueryData(keys.product(base.product.id), theirs);
    setConflicts(contradictions);
    setBase(theirs);
    setValues({ ...valuesOf(theirs.product), ...writtenIn(sent) });
    return undefined;
  };
  const save = useMutation({
    mutationFn: async (sent: Edits) => {
      try {
        return await saveProduct(base.product.id, sent, base.etag);
      } catch (error) {
        if (!Problem.of(error).isConflict) throw error;
        return rebase(sent);
      }
    },
    onSuccess: (saved) => saved && take(saved),
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
