import { createTheme, localStorageColorSchemeManager, type MantineThemeOverride, type VariantColorsResolver } from "@mantine/core";

/** The ten steps around the accent; the roles in tokens.css are what is painted. */
const petrol = ["#e2f0ee", "#c3e2df", "#8fc4c2", "#5fcac6", "#49bdb9", "#0f8790", "#0a666e", "#085860", "#064a51", "#04211f"] as const;

/** Every variant in the roles of tokens.css, so that both schemes hold without a colour in a component. */
const variants: VariantColorsResolver = ({ variant, color }) => {
  const danger = color === "red";
  const hue = danger ? "var(--err)" : "var(--accent)";
  switch (variant) {
    case "filled":
      return danger
        ? { background: "var(--err)", hover: "var(--err)", color: "var(--surface)", border: "1px solid var(--err)" }
        : { background: "var(--accent)", hover: "var(--accent-hover)", color: "var(--on-accent)", border: "1px solid var(--accent)" };
    case "light":
      return { background: danger ? "var(--errB)" : "var(--sel)", hover: danger ? "var(--errB)" : "var(--sel)", color: hue, border: "1px solid var(--selline)" };
    case "outline":
      return { background: "transparent", hover: "var(--hover)", color: hue, border: `1px solid ${hue}` };
    case "subtle":
    case "transparent":
      return { background: "transparent", hover: "var(--hover)", color: danger ? "var(--err)" : "var(--text2)", border: "1px solid transparent" };
    default:
      return { background: "var(--surface)", hover: "var(--hover)", color: danger ? "var(--err)" : "var(--text)", border: "1px solid var(--line2)" };
  }
};

/**
 * Mantine's theme. Its CSS variables stand in tokens.css and not here
 * (withCssVariables is off), because Mantine would write them into a style
 * element at run time, which our content security policy does not want.
 */
export const theme: MantineThemeOverride = createTheme({
  primaryColor: "petrol",
  colors: { petrol: [...petrol] },
  autoContrast: false,
  defaultRadius: 4,
  fontFamily: "var(--font)",
  fontFamilyMonospace: "var(--mono)",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  variantColorResolver: variants,
  components: {
    Button: { defaultProps: { size: "xs", variant: "default", radius: 5, h: 26 } },
    ActionIcon: { defaultProps: { size: 26, variant: "subtle", radius: 4 } },
    TextInput: { defaultProps: { size: "xs" } },
    PasswordInput: { defaultProps: { size: "xs" } },
    Select: { defaultProps: { size: "xs" } },
    Textarea: { defaultProps: { size: "xs" } },
    Switch: { defaultProps: { size: "xs" } },
    Modal: { defaultProps: { radius: 6, lockScroll: false, transitionProps: { duration: 120 } } },
  },
});

/** Where the choice of light, dark or "as the system" is kept; public/scheme.js reads the same key before the first paint. */
export const schemeManager = localStorageColorSchemeManager({ key: "clewline.scheme" });
