//! The functions of rule expressions: one table for the checker, the evaluator and the manual.

/// A function: how it is called and what it is.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What it computes.
    pub id: FunctionId,
    /// Fewest and most arguments, the target of `x.f()` included.
    pub arity: (usize, usize),
    /// Whether the second argument names an element: `list.map(p, p.workers)`.
    pub is_macro: bool,
}

macro_rules! functions {
    ($($id:ident $name:literal $min:literal..=$max:literal $is_macro:literal;)*) => {
        /// What a function computes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum FunctionId { $(#[doc = concat!("`", $name, "`")] $id,)* }

        /// Every function, in the order of the manual.
        pub const FUNCTIONS: &[Function] = &[$(Function {
            name: $name,
            id: FunctionId::$id,
            arity: ($min, $max),
            is_macro: $is_macro,
        },)*];
    };
}

functions! {
    Has "has" 1..=1 false;
    Known "known" 1..=1 false;
    Certain "certain" 1..=1 false;
    Written "written" 1..=1 false;
    Env "env" 1..=1 false;
    Setting "setting" 1..=1 false;
    Min "min" 1..=9 false;
    Max "max" 1..=9 false;
    Abs "abs" 1..=1 false;
    Round "round" 1..=1 false;
    RoundUp "round_up" 1..=1 false;
    RoundDown "round_down" 1..=1 false;
    Percent "percent" 2..=2 false;
    Sum "sum" 1..=1 false;
    Mb "mb" 1..=1 false;
    Seconds "seconds" 1..=1 false;
    Int "int" 1..=1 false;
    Text "string" 1..=1 false;
    Count "count" 2..=3 false;
    Size "size" 1..=1 false;
    Contains "contains" 2..=2 false;
    StartsWith "startsWith" 2..=2 false;
    EndsWith "endsWith" 2..=2 false;
    Matches "matches" 2..=2 false;
    Lower "lower" 1..=1 false;
    Upper "upper" 1..=1 false;
    Called "called" 1..=1 false;
    Split "split" 2..=2 false;
    Join "join" 2..=2 false;
    Fill "fill" 2..=2 false;
    Option "option" 2..=2 false;
    Exists "exists" 3..=3 true;
    All "all" 3..=3 true;
    Filter "filter" 3..=3 true;
    Map "map" 3..=3 true;
}

/// The function of a name.
pub fn function(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|it| it.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_in_the_manual() {
        let manual = include_str!("../../../rules/README.md");
        for function in FUNCTIONS {
            let called = [format!("`{}(", function.name), format!(".{}(", function.name)];
            let listed = called.iter().any(|it| manual.contains(it.as_str()));
            assert!(listed, "rules/README.md does not list `{}`", function.name);
        }
    }
}
