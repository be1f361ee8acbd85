mod behaviour;
mod compare;
mod curve;
mod doubt;
mod segments;
