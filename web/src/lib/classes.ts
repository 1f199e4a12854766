import { clsx, type ClassValue } from "clsx";
import { twMerge } from "tailwind-merge";

/** Class names put together; of two that contradict each other the later one counts. */
export const cn = (...classes: ClassValue[]) => twMerge(clsx(classes));
