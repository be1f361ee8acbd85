mod behaviour;
mod curve;
mod doubt;
mod segments;
