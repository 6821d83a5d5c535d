"""What threads are doing, as the interpreter knows it."""

from gwproactor.adapters.stacks.interpreter_stacks import InterpreterStacks

__all__ = ["InterpreterStacks"]
