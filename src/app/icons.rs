//! The icons of `assets/fonts/Phosphor.ttf` by code point (Phosphor regular, MIT).

/// `approximate-equals`
pub const APPROXIMATE_EQUALS: &str = "\u{edaa}";
/// `arrow-bend-up-left`
pub const ARROW_BEND_UP_LEFT: &str = "\u{e024}";
/// `arrow-elbow-down-right`
pub const ARROW_ELBOW_DOWN_RIGHT: &str = "\u{e046}";
/// `arrow-left`
pub const ARROW_LEFT: &str = "\u{e058}";
/// `arrow-right`
pub const ARROW_RIGHT: &str = "\u{e06c}";
/// `arrow-square-out`
pub const ARROW_SQUARE_OUT: &str = "\u{e5de}";
/// `arrows-clockwise`
pub const ARROWS_CLOCKWISE: &str = "\u{e094}";
/// `arrows-left-right`
pub const ARROWS_LEFT_RIGHT: &str = "\u{e0a0}";
/// `arrows-out-simple`
pub const ARROWS_OUT_SIMPLE: &str = "\u{e0a6}";
/// `binary`
pub const BINARY: &str = "\u{ee60}";
/// `brackets-angle`
pub const BRACKETS_ANGLE: &str = "\u{e862}";
/// `brackets-curly`
pub const BRACKETS_CURLY: &str = "\u{e860}";
/// `brackets-round`
pub const BRACKETS_ROUND: &str = "\u{e864}";
/// `brackets-square`
pub const BRACKETS_SQUARE: &str = "\u{e85e}";
/// `caret-down`
pub const CARET_DOWN: &str = "\u{e136}";
/// `caret-left`
pub const CARET_LEFT: &str = "\u{e138}";
/// `caret-right`
pub const CARET_RIGHT: &str = "\u{e13a}";
/// `caret-up`
pub const CARET_UP: &str = "\u{e13c}";
/// `caret-up-down`
pub const CARET_UP_DOWN: &str = "\u{e140}";
/// `chart-bar`
pub const CHART_BAR: &str = "\u{e150}";
/// `chart-line`
pub const CHART_LINE: &str = "\u{e154}";
/// `chart-scatter`
pub const CHART_SCATTER: &str = "\u{eaac}";
/// `check-circle`
pub const CHECK_CIRCLE: &str = "\u{e184}";
/// `circle`
pub const CIRCLE: &str = "\u{e18a}";
/// `clock-counter-clockwise`
pub const CLOCK_COUNTER_CLOCKWISE: &str = "\u{e1a0}";
/// `code`
pub const CODE: &str = "\u{e1bc}";
/// `columns`
pub const COLUMNS: &str = "\u{e546}";
/// `command`
pub const COMMAND: &str = "\u{e1c4}";
/// `copy`
pub const COPY: &str = "\u{e1ca}";
/// `cpu`
pub const CPU: &str = "\u{e610}";
/// `crosshair-simple`
pub const CROSSHAIR_SIMPLE: &str = "\u{e1d8}";
/// `cube`
pub const CUBE: &str = "\u{e1da}";
/// `dots-three`
pub const DOTS_THREE: &str = "\u{e1fe}";
/// `download`
pub const DOWNLOAD: &str = "\u{e20a}";
/// `download-simple`
pub const DOWNLOAD_SIMPLE: &str = "\u{e20c}";
/// `equals`
pub const EQUALS: &str = "\u{e21c}";
/// `export`
pub const EXPORT: &str = "\u{eaf0}";
/// `eye`
pub const EYE: &str = "\u{e220}";
/// `faders`
pub const FADERS: &str = "\u{e228}";
/// `file`
pub const FILE: &str = "\u{e230}";
/// `file-arrow-down`
pub const FILE_ARROW_DOWN: &str = "\u{e232}";
/// `file-dashed`
pub const FILE_DASHED: &str = "\u{e704}";
/// `file-plus`
pub const FILE_PLUS: &str = "\u{e236}";
/// `flow-arrow`
pub const FLOW_ARROW: &str = "\u{e6ec}";
/// `folder-open`
pub const FOLDER_OPEN: &str = "\u{e256}";
/// `function`
pub const FUNCTION: &str = "\u{ebe4}";
/// `funnel-simple`
pub const FUNNEL_SIMPLE: &str = "\u{e268}";
/// `gear-six`
pub const GEAR_SIX: &str = "\u{e272}";
/// `git-diff`
pub const GIT_DIFF: &str = "\u{e27c}";
/// `graph`
pub const GRAPH: &str = "\u{eb58}";
/// `grid-nine`
pub const GRID_NINE: &str = "\u{ec8c}";
/// `hash`
pub const HASH: &str = "\u{e2a2}";
/// `info`
pub const INFO: &str = "\u{e2ce}";
/// `keyboard`
pub const KEYBOARD: &str = "\u{e2d8}";
/// `lightning`
pub const LIGHTNING: &str = "\u{e2de}";
/// `link`
pub const LINK: &str = "\u{e2e2}";
/// `link-simple`
pub const LINK_SIMPLE: &str = "\u{e2e6}";
/// `list-bullets`
pub const LIST_BULLETS: &str = "\u{e2f2}";
/// `list-numbers`
pub const LIST_NUMBERS: &str = "\u{e2f6}";
/// `magnifying-glass`
pub const MAGNIFYING_GLASS: &str = "\u{e30c}";
/// `map-pin`
pub const MAP_PIN: &str = "\u{e316}";
/// `minus`
pub const MINUS: &str = "\u{e32a}";
/// `minus-circle`
pub const MINUS_CIRCLE: &str = "\u{e32c}";
/// `moon`
pub const MOON: &str = "\u{e330}";
/// `number-square-one`
pub const NUMBER_SQUARE_ONE: &str = "\u{e36c}";
/// `package`
pub const PACKAGE: &str = "\u{e390}";
/// `path`
pub const PATH: &str = "\u{e39c}";
/// `phone-call`
pub const PHONE_CALL: &str = "\u{e3ba}";
/// `play`
pub const PLAY: &str = "\u{e3d0}";
/// `plugs-connected`
pub const PLUGS_CONNECTED: &str = "\u{eb5a}";
/// `plus`
pub const PLUS: &str = "\u{e3d4}";
/// `prohibit`
pub const PROHIBIT: &str = "\u{e3de}";
/// `push-pin`
pub const PUSH_PIN: &str = "\u{e3e2}";
/// `question`
pub const QUESTION: &str = "\u{e3e8}";
/// `quotes`
pub const QUOTES: &str = "\u{e660}";
/// `repeat`
pub const REPEAT: &str = "\u{e3f6}";
/// `rows`
pub const ROWS: &str = "\u{e5a2}";
/// `ruler`
pub const RULER: &str = "\u{e6b8}";
/// `scales`
pub const SCALES: &str = "\u{e750}";
/// `shapes`
pub const SHAPES: &str = "\u{ec5e}";
/// `share-network`
pub const SHARE_NETWORK: &str = "\u{e408}";
/// `shield-check`
pub const SHIELD_CHECK: &str = "\u{e40c}";
/// `shield-warning`
pub const SHIELD_WARNING: &str = "\u{e412}";
/// `sigma`
pub const SIGMA: &str = "\u{eab8}";
/// `skip-back`
pub const SKIP_BACK: &str = "\u{e5a4}";
/// `skip-forward`
pub const SKIP_FORWARD: &str = "\u{e5a6}";
/// `sliders-horizontal`
pub const SLIDERS_HORIZONTAL: &str = "\u{e434}";
/// `sort-ascending`
pub const SORT_ASCENDING: &str = "\u{e444}";
/// `stack`
pub const STACK: &str = "\u{e466}";
/// `sun`
pub const SUN: &str = "\u{e472}";
/// `swap`
pub const SWAP: &str = "\u{e83c}";
/// `table`
pub const TABLE: &str = "\u{e476}";
/// `tag`
pub const TAG: &str = "\u{e478}";
/// `terminal-window`
pub const TERMINAL_WINDOW: &str = "\u{eae8}";
/// `text-t`
pub const TEXT_T: &str = "\u{e48a}";
/// `toggle-left`
pub const TOGGLE_LEFT: &str = "\u{e674}";
/// `trash`
pub const TRASH: &str = "\u{e4a6}";
/// `tree`
pub const TREE: &str = "\u{e6da}";
/// `tree-structure`
pub const TREE_STRUCTURE: &str = "\u{e67c}";
/// `upload-simple`
pub const UPLOAD_SIMPLE: &str = "\u{e4c0}";
/// `warning`
pub const WARNING: &str = "\u{e4e0}";
/// `warning-octagon`
pub const WARNING_OCTAGON: &str = "\u{e4e4}";
/// `x`
pub const X: &str = "\u{e4f6}";
