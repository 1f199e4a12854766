import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** In the order of their names: each leaves behind what the next finds. */
class ByName extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    return files.toSorted((a, b) => a.moduleId.localeCompare(b.moduleId));
  }
}

export default defineConfig({
  test: {
    include: ["journeys/**/*.journey.ts"],
    // One stack, one browser: journeys follow one another.
    fileParallelism: false,
    sequence: { concurrent: false, sequencer: ByName },
    testTimeout: 180_000,
    hookTimeout: 60_000,
    bail: 0,
  },
});
