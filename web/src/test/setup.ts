import { cleanup } from "@testing-library/react";
import { afterEach, beforeAll, vi } from "vitest";
import { loadLanguage } from "../i18n";

beforeAll(() => loadLanguage("en"));
afterEach(cleanup);

// happy-dom has neither; Mantine asks for both.
vi.stubGlobal(
  "ResizeObserver",
  class {
    observe() {}
    unobserve() {}
    disconnect() {}
  },
);
